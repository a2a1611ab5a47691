"""The lock file that lets one corotui at a time change a cluster directory."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corotui.directory.atomic_files import write_error
from corotui.errors import LockedError


@contextmanager
def acquire_lock(path: Path) -> Iterator[None]:
    """Holds the lock file `path`. The kernel frees it when the process ends, even by SIGKILL.

    Raises LockedError, which names the process that holds it and since when. Raises WorkError if the file cannot be
    written.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise write_error(path, error) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _locked(path, handle) from None
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


def _locked(path: Path, handle: int) -> LockedError:
    who, end = "Another corotui", "Wait until it ends, or end it there."
    try:
        held = json.loads(os.pread(handle, 256, 0))
        pid, since = int(held["pid"]), float(held["since"])
        clock = time.strftime("%H:%M:%S" if time.time() - since < 43200 else "%Y-%m-%d %H:%M", time.localtime(since))
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        words = f"{who} works on {path.parent.parent}"
    else:
        if pid == os.getpid():
            who, end = "This corotui", "Wait until that work ends."
        words = f"{who} (process {pid}) works on {path.parent.parent} since {clock}"
    return LockedError(words, next_step=end)
