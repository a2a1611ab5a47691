"""The directory where practice clusters keep their state on this machine, and its locks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from corotui.directory.file_lock import lock_file
from corotui.errors import LockedError

_DEFAULT = "/var/lib/corotui/practice"


def root() -> Path:
    """The state directory: COROTUI_PRACTICE_STATE, or /var/lib/corotui/practice."""
    return Path(os.environ.get("COROTUI_PRACTICE_STATE") or _DEFAULT)


def images() -> Path:
    """Folder of the images that nodes start from."""
    return root() / "images"


def instances() -> Path:
    """Folder that holds one folder for each practice cluster."""
    return root() / "instances"


def instance(name: str) -> Path:
    """Folder of one practice cluster."""
    return instances() / name


def make_folders() -> None:
    """Creates the state directory. Only root can read it, since it holds practice keys and passwords."""
    for path in (root(), images(), instances(), root() / "locks"):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)


@contextmanager
def lock(name: str, *, wait: bool = True) -> Iterator[None]:
    """Holds the lock file of that name. The kernel frees it when this process ends, even by SIGKILL.

    Raises LockedError if another process holds it and `wait` is False.
    """
    make_folders()
    path = root() / "locks" / name
    handle = _locked_descriptor(path, wait=wait)
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()
        os.close(handle)


def _locked_descriptor(path: Path, *, wait: bool) -> int:
    """A locked descriptor of the file at `path`. The previous holder removes its file, so that is checked."""
    while True:
        try:
            handle = lock_file(path, wait=wait)
        except BlockingIOError as error:
            raise LockedError(
                f"Another corotui works on {path.name.removeprefix('instance-')} at this moment.",
                next_step="Wait until it has ended, then call this again.",
            ) from error
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        os.close(handle)
