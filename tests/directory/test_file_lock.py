"""One corotui at a time, identified by process id and start time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from corotui.directory import Directory
from corotui.errors import LockedError

HOLD = """
import sys
from corotui.directory import Directory
with Directory.open(sys.argv[1]).lock():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    return Directory.create(tmp_path / "db", "db")


def test_another_process_is_named(directory: Directory) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(directory.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LockedError, match=rf"\(process {holder.pid}\) works on .*db since \d\d:\d\d:\d\d"):
            directory.lock().__enter__()
        holder.kill()
    with directory.lock():
        pass


def test_a_lock_of_this_process_is_named_as_such(directory: Directory) -> None:
    with directory.lock(), pytest.raises(LockedError, match=f"This corotui .process {os.getpid()}"):
        directory.lock().__enter__()


def test_it_is_free_again_after_an_exception(directory: Directory) -> None:
    with pytest.raises(KeyError), directory.lock():
        raise KeyError
    with directory.lock():
        pass


@pytest.mark.parametrize("content", [b"", b"{}", b"null", b'{"pid": "x", "since": 1}', b'{"pid": 1, "since": 1e300}'])
def test_an_unreadable_holder_is_still_a_holder(directory: Directory, content: bytes) -> None:
    with directory.lock():
        (directory.state_dir / "lock").write_bytes(content)
        with pytest.raises(LockedError, match="works on"):
            directory.lock().__enter__()
