"""The scripts that move files, run by the machine's own sh."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from corotui.ssh import file_scripts
from corotui.ssh.file_scripts import (
    COMMIT,
    DROP_PREVIOUS,
    EXIT_FOREIGN_FILE,
    KEYGEN,
    NO_LOCK,
    OWNER,
    PREPARE,
    PREVIOUS_SUFFIX,
    ROLL_BACK,
    UNSTAGE,
    FileOwner,
    candidate_path,
    staged_path,
)
from corotui.ssh.remote_script import RemoteScript

ID = "0a1b"  # of the rollout
STAGED_SUFFIX = staged_path("", ID)
TEST_SUFFIX = candidate_path("", ID)
FREE = (ID, NO_LOCK)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "etc" / "a b.conf"


def sh(script: RemoteScript, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-s", script.name, *map(str, arguments)],
        input=script.text,
        text=True,
        capture_output=True,
        check=False,
        timeout=20,
    )


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def beside(target: Path, suffix: str) -> Path:
    return target.with_name(target.name + suffix)


def put(path: Path, text: str) -> str:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return sha(text)


def test_commit_keeps_what_was_there(target: Path) -> None:
    put(target, "old")
    put(beside(target, STAGED_SUFFIX), "new")
    put(beside(target, TEST_SUFFIX), "tried")
    assert sh(COMMIT, *FREE, target, "any", sha("new")).returncode == 0
    assert target.read_text() == "new"
    assert beside(target, PREVIOUS_SUFFIX).read_text() == "old"
    assert not beside(target, TEST_SUFFIX).exists()


def test_commit_again_changes_nothing(target: Path) -> None:
    put(target, "old")
    put(beside(target, STAGED_SUFFIX), "new")
    sh(COMMIT, *FREE, target, "any", sha("new"))
    assert sh(COMMIT, *FREE, target, "any", sha("new")).returncode == 0
    assert (target.read_text(), beside(target, PREVIOUS_SUFFIX).read_text()) == ("new", "old")


def test_commit_says_the_sums(tmp_path: Path) -> None:
    target = tmp_path / "conf"
    put(beside(target, STAGED_SUFFIX), "new")
    assert file_scripts.parse_sums(sh(COMMIT, *FREE, target, "any", sha("new")).stdout) == {str(target): sha("new")}


def test_put_back_restores_and_removes(target: Path, tmp_path: Path) -> None:
    old, new = put(target, "old"), put(beside(target, STAGED_SUFFIX), "new")
    other = tmp_path / "etc" / "key"
    put(beside(other, STAGED_SUFFIX), "key")
    sh(COMMIT, *FREE, target, old, new, other, "-", sha("key"))
    done = sh(ROLL_BACK, *FREE, target, old, new, other, "-", sha("key"))
    assert done.returncode == 0
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    assert target.read_text() == "old"
    assert sh(ROLL_BACK, *FREE, target, old, new, other, "-", sha("key")).returncode == 0


def test_put_back_before_the_commit_only_cleans(target: Path) -> None:
    old, new = put(target, "old"), put(beside(target, STAGED_SUFFIX), "new")
    assert sh(ROLL_BACK, *FREE, target, old, new).returncode == 0
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_put_back_leaves_what_somebody_else_wrote(target: Path) -> None:
    old, new = put(target, "old"), put(beside(target, STAGED_SUFFIX), "new")
    sh(COMMIT, *FREE, target, "any", sha("new"))
    put(target, "by somebody else")
    done = sh(ROLL_BACK, *FREE, target, old, new)
    assert done.returncode == EXIT_FOREIGN_FILE
    assert f"strange {target}" in done.stdout
    assert target.read_text() == "by somebody else"


def test_prepare_clears_what_an_earlier_rollout_left(target: Path, tmp_path: Path) -> None:
    put(target, "old")
    put(beside(target, STAGED_SUFFIX), "of a rollout that was killed")
    directory = tmp_path / "log" / "cluster"
    assert sh(PREPARE, ID, target, "in", directory.parent, directory).returncode == 0
    assert directory.is_dir()
    assert not beside(target, STAGED_SUFFIX).exists()


def test_only_root_gets_into_the_directory_that_is_made_for_the_key(target: Path, tmp_path: Path) -> None:
    put(target, "old")
    key = tmp_path / "keys" / "db" / "authkey"
    directories = [key.parent.parent, key.parent, tmp_path / "log"]
    done = sh(PREPARE, ID, target, key, "in", *directories)
    assert done.returncode == 0, done.stderr
    assert [path.stat().st_mode & 0o7777 for path in directories] == [0o755, 0o700, 0o755]
    assert sh(UNSTAGE, target, key, "in", "", *reversed(directories)).returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["etc"]


def test_a_key_is_not_made_in_a_directory_that_is_missing(tmp_path: Path) -> None:
    assert sh(KEYGEN, ID, tmp_path / "keys" / "authkey", "random").returncode != 0
    assert list(tmp_path.iterdir()) == []


def test_a_sum_of_what_is_no_file_is_not_attempted(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "large").touch()
    os.truncate(tmp_path / "large", 17 << 20)
    for name in ("pipe", "zero", "large"):
        done = sh(PREPARE, ID, tmp_path / name, "in")
        assert file_scripts.parse_sums(done.stdout) == {str(tmp_path / name): "unreadable"}


def test_owner_says_mode_and_numbers(target: Path) -> None:
    put(target, "x")
    target.chmod(0o640)
    assert file_scripts.parse_owner(sh(OWNER, ID, target).stdout) == FileOwner(0o640, os.getuid(), os.getgid())
    assert file_scripts.parse_owner(sh(OWNER, ID, target.parent / "none").stdout) is None


def test_unstage_removes_only_its_own(target: Path, tmp_path: Path) -> None:
    put(target, "old")
    put(beside(target, STAGED_SUFFIX), "new")
    created, full = tmp_path / "made", tmp_path / "full"
    put(created / "corosync.log", "")
    put(full / "other", "")
    assert sh(UNSTAGE, ID, target, "in", created / "corosync.log", created, full).returncode == 0
    assert not created.exists()
    assert (full / "other").exists()
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_a_key_for_releases_without_a_tool_of_use(target: Path) -> None:
    target.parent.mkdir()
    done = sh(KEYGEN, ID, target, "random")
    created = beside(target, STAGED_SUFFIX)
    assert done.returncode == 0, done.stderr
    assert (created.stat().st_size, created.stat().st_mode & 0o777) == (128, 0o400)
    assert hashlib.sha256(created.read_bytes()).hexdigest() in done.stdout


def test_forget_removes_the_previous_key(target: Path) -> None:
    put(beside(target, PREVIOUS_SUFFIX), "old key")
    assert sh(DROP_PREVIOUS, ID, target).returncode == 0
    assert not beside(target, PREVIOUS_SUFFIX).exists()


def test_a_symbolic_link_stays_what_it_was_after_undo(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "conf"
    old = put(real, "old")
    link.symlink_to(real)
    new = put(beside(link, STAGED_SUFFIX), "new")
    assert sh(COMMIT, *FREE, link, old, new).returncode == 0
    assert sh(ROLL_BACK, *FREE, link, old, new).returncode == 0
    assert link.read_text() == "old"
    assert real.read_text() == "old"
