"""The rules by which a file or directory counts as the operator's own."""

from __future__ import annotations

import os
import socket
import stat
import struct
import threading
from pathlib import Path

import pytest

from corotui.console.editor.draft import Draft
from corotui.directory import Directory, trusted_files
from corotui.directory.atomic_files import read_file, replace_file
from corotui.directory.file_lock import lock_file
from corotui.directory.trusted_files import open_file
from corotui.errors import CorotuiError, UntrustedFileError
from tests.support.foreign_files import OTHER, PRECIOUS, as_root


def refusal(path: Path) -> str:
    with pytest.raises(UntrustedFileError) as caught:
        os.close(open_file(path, os.O_RDONLY))
    return str(caught.value)


def test_a_socket_and_a_device_are_refused_without_an_open(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = directory.state_dir / "state.db"
    with socket.socket(socket.AF_UNIX) as bound:
        monkeypatch.chdir(path.parent)  # the name of a socket may have 107 bytes
        bound.bind(path.name)
        assert "is a socket, not a regular file" in refusal(path)
    path.unlink()
    if os.geteuid() == 0:
        os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 7))
        assert "is a device, not a regular file" in refusal(path)


@as_root
def test_a_directory_of_another_user_is_refused(directory: Directory) -> None:
    os.chown(directory.path, OTHER, OTHER)
    with pytest.raises(UntrustedFileError, match=rf"db belongs to uid {OTHER}, .* as root \(uid 0\)"):
        Directory.open(directory.path)


@as_root
def test_a_directory_above_it_counts_too(tmp_path: Path) -> None:
    directory = Directory.create(tmp_path / "theirs" / "db", "db")
    os.chown(directory.path.parent, OTHER, OTHER)
    assert "theirs belongs to uid" in refusal(directory.cluster_toml)


@as_root
def test_root_trusts_the_user_who_called_sudo(directory: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (directory.path, directory.cluster_toml):
        os.chown(path, OTHER, OTHER)
    refusal(directory.cluster_toml)
    monkeypatch.setenv("SUDO_UID", str(OTHER))
    assert Directory.open(directory.path).read_cluster().name == "db"
    monkeypatch.setenv("SUDO_UID", str(OTHER + 1))
    refusal(directory.cluster_toml)


@as_root
def test_an_environment_does_not_widen_what_a_user_trusts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_UID", str(OTHER))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert trusted_files._trusted_users() == {0, 1000}
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for odd in ("", "x", "-1", "٣", "1" * 20):
        monkeypatch.setenv("SUDO_UID", odd)
        assert trusted_files._trusted_users() == {0}


@as_root
def test_write_permission_of_a_group_with_members(directory: Directory) -> None:
    os.chown(directory.path, 0, OTHER)
    directory.path.chmod(0o775)
    assert f"can be changed by the group gid {OTHER}" in refusal(directory.cluster_toml)
    directory.path.chmod(0o755)
    os.chown(directory.corosync_conf, 0, OTHER)
    directory.corosync_conf.chmod(0o664)
    said = refusal(directory.corosync_conf)
    assert f"chmod g-w {directory.corosync_conf}" in said
    assert "Nothing was changed." in said


@as_root
def test_write_permission_of_the_owners_own_group_is_harmless(directory: Directory) -> None:
    directory.path.chmod(0o775)
    directory.cluster_toml.chmod(0o664)
    assert directory.read_cluster().name == "db"


@as_root
def test_an_access_list_counts(directory: Directory) -> None:
    # The list of `setfacl -m u:12345:rw` in the kernel's form (linux/posix_acl_xattr.h): version 2, then tag,
    # permissions and id of owner, user 12345, group, mask, others.
    entries = [(0x01, 6, -1), (0x02, 6, OTHER), (0x04, 4, -1), (0x10, 6, -1), (0x20, 4, -1)]
    value = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
    os.setxattr(directory.cluster_toml, "system.posix_acl_access", value)
    assert "can be changed by the group" in refusal(directory.cluster_toml)


def test_write_permission_of_everyone(directory: Directory) -> None:
    directory.cluster_toml.chmod(0o666)
    assert "can be changed by every user of this machine" in refusal(directory.cluster_toml)
    directory.cluster_toml.chmod(0o644)
    directory.path.chmod(0o1777)
    assert "chmod o-w" in refusal(directory.cluster_toml)


def test_a_shared_directory_with_the_sticky_bit_is_passed_and_not_used(tmp_path: Path) -> None:
    shared = tmp_path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    assert Directory.create(shared / "db", "db").read_cluster().name == "db"
    with pytest.raises(UntrustedFileError, match="every user"):
        Directory.create(shared, "db")


def test_links_on_the_way_to_the_directory_are_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    Directory.create(tmp_path / "real" / "db", "db")
    (tmp_path / "relative").symlink_to("real/../real")
    (tmp_path / "absolute").symlink_to(tmp_path / "relative" / "db")
    assert Directory.open(tmp_path / "absolute").read_cluster().name == "db"
    with Directory.open(tmp_path / "absolute").lock():
        pass
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(CorotuiError, match="symbolic links"):
        Directory.open(tmp_path / "loop" / "db")


@as_root
def test_a_link_of_another_user_on_the_way_is_refused(tmp_path: Path) -> None:
    Directory.create(tmp_path / "db", "db")
    (tmp_path / "link").symlink_to("db")
    os.lchown(tmp_path / "link", OTHER, OTHER)
    assert "link belongs to uid" in refusal(tmp_path / "link" / "cluster.toml")


def test_the_descriptors_are_closed(directory: Directory, target: Path) -> None:
    (directory.state_dir / "x").symlink_to(target)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        directory.read_cluster()
        directory.write_conf(b"x")
        os.close(lock_file(directory.state_dir / "lock"))
        refusal(directory.state_dir / "x")
        with pytest.raises(CorotuiError):
            read_file(directory.state_dir / "missing" / "file")
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_nothing_reaches_the_target_of_a_link_that_comes_and_goes(directory: Directory, target: Path) -> None:
    path = directory.state_dir / "lock"
    link, file = directory.state_dir / "link", directory.state_dir / "file"
    ended = threading.Event()

    def swap() -> None:
        while not ended.is_set():
            link.symlink_to(target)
            link.rename(path)
            file.write_bytes(b"ours")
            file.chmod(0o600)
            file.rename(path)

    swapping = threading.Thread(target=swap)
    swapping.start()
    opened = 0
    try:
        for _ in range(3000):
            try:
                handle = lock_file(path)
            except (UntrustedFileError, OSError):
                continue
            opened += 1
            os.ftruncate(handle, 0)
            os.close(handle)
    finally:
        ended.set()
        swapping.join()
    assert opened
    assert target.read_bytes() == PRECIOUS


def test_a_folder_that_is_exchanged_during_a_write_leads_nowhere(
    directory: Directory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    really = os.fsync

    def exchange(handle: int) -> None:
        if directory.state_dir.is_dir() and not directory.state_dir.is_symlink():
            directory.state_dir.rename(tmp_path / "old")
            directory.state_dir.symlink_to(elsewhere)
        really(handle)

    monkeypatch.setattr(os, "fsync", exchange)
    replace_file(directory.known_hosts, b"x")
    assert not list(elsewhere.iterdir())
    assert [path.name for path in (tmp_path / "old").iterdir()] == ["known_hosts"]


def test_a_draft_that_cannot_be_trusted_is_none(directory: Directory, target: Path) -> None:
    (directory.state_dir / "draft.conf").symlink_to(target)
    draft = Draft(directory.state_dir)
    assert draft.read() is None
    draft.write(b"new")
    assert target.read_bytes() == PRECIOUS
