"""A cluster directory in which another user chose what corotui, as root, would read or write."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

from corotui.cli.main import main
from corotui.console.lifecycle.background import BackgroundTasks
from corotui.console.terminal.clipboard import Clipboard
from corotui.directory import Directory
from corotui.directory.atomic_files import make_folder, read_file, write_atomic
from corotui.errors import RefusedError
from corotui.source.install.baseline import BaselineStore, PackageBaseline
from corotui.source.install.package_store import Package, PackageStore
from corotui.ssh.connect.known_hosts import HostKeyNames, KnownHosts
from tests.support.foreign_files import OTHER, PRECIOUS, as_root

PACKAGE = Package("corosync", "corosync", "3.1.7", "key", "corosync.deb", "0" * 64, 1, "mark")


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    """Fails where the code in it blocks, as an open of a named pipe does."""

    def hangs(*_: object) -> NoReturn:
        raise AssertionError("it hangs")

    old = signal.signal(signal.SIGALRM, hangs)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, old)


def defect_is_recorded(directory: Directory) -> None:
    said = BackgroundTasks(lambda _: None, directory.state_dir / "console.log").record_defect(ValueError("x"))
    raise RefusedError(said) if "cannot be written" in said else AssertionError(said)


def log_is_saved(directory: Directory) -> None:
    said = Clipboard(lambda _: None, directory.state_dir).copy("x", "x")
    raise RefusedError(said) if "was not written" in said else AssertionError(said)


def lock(directory: Directory) -> None:
    with directory.lock():
        pass


USES: dict[str, list[Callable[[Directory], object]]] = {
    "cluster.toml": [
        lambda directory: directory.read_cluster(),
        lambda directory: Directory.open(directory.path),
        lambda directory: directory.set_name("new"),
    ],
    "corosync.conf": [lambda directory: directory.read_conf(), lambda directory: directory.write_conf(b"new")],
    ".corotui/lock": [lock],
    ".corotui/state.db": [lambda directory: directory.open_database().close()],
    ".corotui/state.db-wal": [lambda directory: directory.open_database().close()],
    ".corotui/state.db-shm": [lambda directory: directory.open_database().close()],
    ".corotui/state.db-journal": [lambda directory: directory.open_database().close()],
    ".corotui/known_hosts": [
        lambda directory: KnownHosts(directory.known_hosts, ()).keys_for(HostKeyNames.of("a", 22)),
    ],
    ".corotui/generations/0001.conf": [
        lambda directory: read_file(directory.generations_dir / "0001.conf"),
        lambda directory: write_atomic(directory.generations_dir / "0001.conf", b"x", mode=0o600),
    ],
    ".corotui/source/before/a.json": [
        lambda directory: BaselineStore(directory.state_dir / "source" / "before").load("a"),
        lambda directory: BaselineStore(directory.state_dir / "source" / "before").save(
            PackageBaseline("a", "deb", {}, ())
        ),
    ],
    ".corotui/source/packages/key/packages.json": [
        lambda directory: PackageStore(directory.state_dir / "source" / "packages").load("key"),
        lambda directory: PackageStore(directory.state_dir / "source" / "packages").save("key", ()),
    ],
    ".corotui/source/packages/key/corosync.deb": [
        lambda directory: PackageStore(directory.state_dir / "source" / "packages").save("key", [(PACKAGE, b"x")]),
    ],
    ".corotui/console.log": [defect_is_recorded],
    ".corotui/yanked.txt": [log_is_saved],
}
CELLS = [pytest.param(name, use, id=f"{name}-{at}") for name, uses in USES.items() for at, use in enumerate(uses)]


def place(directory: Directory, name: str) -> Path:
    """The path of a file in the directory, free for something else, in folders that are private."""
    path = directory.path / name
    make_folder(path.parent, mode=0o700)
    path.unlink(missing_ok=True)
    return path


@pytest.mark.parametrize(("name", "use"), CELLS)
def test_a_symbolic_link_is_not_followed(
    directory: Directory, target: Path, name: str, use: Callable[[Directory], object]
) -> None:
    path = place(directory, name)
    path.symlink_to(target)
    before = target.stat()
    with pytest.raises(RefusedError) as caught:
        use(directory)
    assert caught.value.exit_code == 4
    assert target.read_bytes() == PRECIOUS
    assert target.stat().st_mode == before.st_mode
    assert path.is_symlink()


@pytest.mark.parametrize(("name", "use"), CELLS)
def test_a_dangling_link_creates_nothing(
    directory: Directory, tmp_path: Path, name: str, use: Callable[[Directory], object]
) -> None:
    place(directory, name).symlink_to(tmp_path / "new")
    with pytest.raises(RefusedError):
        use(directory)
    assert not os.path.lexists(tmp_path / "new")


@pytest.mark.parametrize(("name", "use"), CELLS)
def test_a_hard_link_is_refused(
    directory: Directory, target: Path, name: str, use: Callable[[Directory], object]
) -> None:
    place(directory, name).hardlink_to(target)
    with pytest.raises(RefusedError):
        use(directory)
    assert target.read_bytes() == PRECIOUS
    assert stat.S_IMODE(target.stat().st_mode) == 0o644


@pytest.mark.parametrize(("name", "use"), CELLS)
def test_a_named_pipe_is_refused_and_nothing_hangs(
    directory: Directory, name: str, use: Callable[[Directory], object]
) -> None:
    path = place(directory, name)
    os.mkfifo(path)
    with limited(5), pytest.raises(RefusedError):
        use(directory)
    assert stat.S_ISFIFO(path.lstat().st_mode)


@as_root
@pytest.mark.parametrize(("name", "use"), CELLS)
def test_a_file_of_another_user_is_refused(directory: Directory, name: str, use: Callable[[Directory], object]) -> None:
    path = place(directory, name)
    path.write_bytes(PRECIOUS)
    os.chown(path, OTHER, OTHER)
    path.chmod(0o644)
    with pytest.raises(RefusedError):
        use(directory)
    assert path.read_bytes() == PRECIOUS
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert path.stat().st_uid == OTHER


@pytest.mark.parametrize(("name", "use"), CELLS)
def test_a_folder_that_everyone_can_write_is_refused(
    directory: Directory, name: str, use: Callable[[Directory], object]
) -> None:
    make_folder((directory.path / name).parent, mode=0o700)
    (directory.path / name).parent.chmod(0o777)
    with pytest.raises(RefusedError):
        use(directory)


@pytest.mark.parametrize(("name", "use"), [cell for cell in CELLS if str(cell.values[0]).startswith(".corotui")])
@pytest.mark.parametrize("kind", ["link", "dangling", "pipe"])
def test_something_else_in_place_of_the_folder_is_refused(
    directory: Directory, tmp_path: Path, kind: str, name: str, use: Callable[[Directory], object]
) -> None:
    elsewhere = tmp_path / "elsewhere"
    directory.state_dir.rmdir()
    if kind == "pipe":
        os.mkfifo(directory.state_dir)
    else:
        directory.state_dir.symlink_to(elsewhere)
    if kind == "link":
        elsewhere.mkdir()
    with limited(5), pytest.raises(RefusedError):
        use(directory)
    assert not elsewhere.exists() or not list(elsewhere.iterdir())


@pytest.mark.parametrize("verb", ["status", "check", "plan", "apply", "recover", "doctor", "facts"])
def test_every_verb_refuses_and_says_why(
    directory: Directory, tmp_path: Path, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    directory.state_dir.rmdir()
    directory.state_dir.symlink_to(tmp_path)
    before = sorted(tmp_path.iterdir())
    assert main([verb, str(directory.path)]) == 4
    said = capsys.readouterr().err
    assert f"{directory.state_dir} is a symbolic link, not a directory" in said
    assert "rm " in said
    assert sorted(tmp_path.iterdir()) == before
