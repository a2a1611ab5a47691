"""Lock files. One of them lets one corotui at a time change a cluster directory."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from corotui.cluster.events import EventSink, Note, ignore_event
from corotui.directory.atomic_files import write_error
from corotui.directory.lock_holder import MAX_TEXT, LockHolder, boot_id
from corotui.directory.trusted_files import open_file
from corotui.errors import LockedError

_TRIES = 3
_PAUSE = 0.02  # seconds


def lock_file(path: Path, *, wait: bool = False) -> int:
    """Opens the file `path`, which is created for this user only, and locks it. The caller closes the descriptor.

    The kernel frees the lock when the process ends, even by SIGKILL. Raises BlockingIOError if another process holds
    the lock and `wait` is False, OSError if the file cannot be opened, UntrustedFileError if it is not the user's own.
    """
    handle = open_file(path, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BaseException:
        os.close(handle)
        raise
    return handle


class HeldLock:
    """A lock file that this process holds."""

    def __init__(self, handle: int, holder: LockHolder) -> None:
        self.holder = holder
        """What the file says about this process."""
        self._handle = handle

    def show_step(self, step: str) -> None:
        """Shows others at which step this process is. A full disk is ignored: the lock is held all the same."""
        self.holder = self.holder.at_step(step)
        with suppress(OSError):
            self._write()

    def _write(self) -> None:
        text = self.holder.to_text().encode()
        os.pwrite(self._handle, text, 0)
        os.ftruncate(self._handle, len(text))


@contextmanager
def acquire_lock(path: Path, step: str = "", report: EventSink = ignore_event) -> Iterator[HeldLock]:
    """Holds the lock file `path`, which tells others who holds it and at which `step`.

    A Note says so if the holder before was killed and left its text behind. Raises LockedError, which names the process
    that holds it and since when. Raises WorkError if the file cannot be written.
    """
    try:
        handle = _lock_when_free(path)
    except BlockingIOError:
        raise _locked_error(path) from None
    except OSError as error:
        raise write_error(path, error) from None
    try:
        held = HeldLock(handle, LockHolder.this_process(path.parent.parent, step))
        try:
            left_behind = LockHolder.parse(os.pread(handle, MAX_TEXT, 0))
            held._write()
        except OSError as error:
            raise write_error(path, error) from None
        if left_behind is not None:
            report(Note(text=f"{_how_it_ended(left_behind)} Its lock on this directory is taken over."))
        try:
            yield held
        finally:
            os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def is_locked(path: Path) -> bool:
    """Whether another holds the lock file `path`. Its text stays as it is."""
    try:
        handle = open_file(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _lock_when_free(path: Path) -> int:
    """Returns the locked file. Waits while `is_locked` of another process holds it for an instant."""
    for _ in range(_TRIES):
        try:
            return lock_file(path)
        except BlockingIOError:
            time.sleep(_PAUSE)
    return lock_file(path)


def _how_it_ended(holder: LockHolder) -> str:
    """Says of the holder whose text was left in a free lock file why it is gone."""
    restarted = bool(holder.boot) and holder.boot != boot_id()
    end = "The machine was started again while corotui worked" if restarted else "An earlier corotui was killed at work"
    return f"{end} ({holder.sentence})."


def _locked_error(path: Path) -> LockedError:
    folder = path.parent.parent
    try:
        with os.fdopen(open_file(path, os.O_RDONLY), "rb") as file:
            holder = LockHolder.parse(file.read(MAX_TEXT))
    except OSError:
        holder = None
    if holder is None:
        return LockedError(f"Another corotui works on {folder}", next_step="Wait until it ends, or end it.")
    at = f", at step {holder.step}" if holder.step else ""
    since = f"works on {folder} since {holder.started}{at}"
    if holder.is_this_process:
        words = f"This corotui (process {holder.pid}) {since}"
        return LockedError(words, next_step="Wait until that work ends.")
    words = f"{holder.operator}: corotui (process {holder.pid}) {since}"
    if holder.has_ended:
        return LockedError(
            f"{words}. That process is gone, and another one holds its lock",
            next_step=f"`fuser {path}` shows which one; end it.",
        )
    return LockedError(words, next_step="Wait until it ends, or end it there.")
