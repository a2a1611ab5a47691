"""Lock files. One of them lets one corotui at a time change a cluster directory."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corotui.directory.atomic_files import write_error
from corotui.directory.trusted_files import open_file
from corotui.errors import LockedError


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


@contextmanager
def acquire_lock(path: Path) -> Iterator[None]:
    """Holds the lock file `path`, which tells others who holds it.

    Raises LockedError, which names the process that holds it and since when. Raises WorkError if the file cannot be
    written.
    """
    try:
        handle = lock_file(path)
    except BlockingIOError:
        raise _locked_error(path) from None
    except OSError as error:
        raise write_error(path, error) from None
    try:
        try:
            os.ftruncate(handle, 0)
            os.pwrite(handle, json.dumps({"pid": os.getpid(), "since": time.time()}).encode(), 0)
        except OSError as error:
            raise write_error(path, error) from None
        try:
            yield
        finally:
            os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _locked_error(path: Path) -> LockedError:
    who, end = "Another corotui", "Wait until it ends, or end it there."
    try:
        with os.fdopen(open_file(path, os.O_RDONLY), "rb") as file:
            holder = json.loads(file.read(256))
        pid, since = int(holder["pid"]), float(holder["since"])
        clock = time.strftime("%H:%M:%S" if time.time() - since < 43200 else "%Y-%m-%d %H:%M", time.localtime(since))
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        words = f"{who} works on {path.parent.parent}"
    else:
        if pid == os.getpid():
            who, end = "This corotui", "Wait until that work ends."
        words = f"{who} (process {pid}) works on {path.parent.parent} since {clock}"
    return LockedError(words, next_step=end)
