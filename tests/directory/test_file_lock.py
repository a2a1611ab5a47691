"""One corotui at a time, identified by process id and start time."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.cluster.events import Event, Note
from corotui.directory import Directory
from corotui.directory.lock_holder import LockHolder, operator_name
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


def held(directory: Directory, step: str = "rollout") -> subprocess.Popen[bytes]:
    """Another process that holds the lock, at that step."""
    script = HOLD.replace(".lock()", f".lock({step!r})")
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(directory.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout
    assert holder.stdout.readline() == b"held\n"
    return holder


def test_the_second_operator_is_told_who_and_at_which_step(directory: Directory) -> None:
    with held(directory, "commit") as holder:
        with pytest.raises(LockedError) as caught:
            directory.lock().__enter__()
        holder.kill()
    text = str(caught.value)
    assert f"{operator_name()}@{socket.gethostname()}: corotui (process {holder.pid}) works on" in text
    assert "at step commit" in text
    assert "Nothing was changed." in text


def test_the_step_can_change_while_it_is_held(directory: Directory) -> None:
    with directory.lock("stage") as lock:
        lock.show_step("a step with a much longer name")
        lock.show_step("start")
        found = LockHolder.parse((directory.state_dir / "lock").read_bytes())
    assert found is not None
    assert found.step == "start"
    assert (directory.state_dir / "lock").read_bytes() == b""


def test_a_lock_of_a_killed_process_is_taken_over_and_that_is_said(directory: Directory) -> None:
    with held(directory) as holder:
        holder.kill()
    events: list[Event] = []
    with directory.lock(report=events.append):
        pass
    (note,) = [event.text for event in events if isinstance(event, Note)]
    assert note.startswith(f"An earlier corotui was killed at work ({operator_name()}@{socket.gethostname()} ")
    assert f"(process {holder.pid}) works from {directory.path} since " in note
    assert note.endswith(", at step rollout). Its lock on this directory is taken over.")
    events.clear()
    with directory.lock(report=events.append):
        pass
    assert not events


def test_a_lock_from_before_a_restart_of_the_machine_is_named_as_such(directory: Directory) -> None:
    old = replace(LockHolder.this_process(directory.path, "commit"), boot="an earlier one")
    (directory.make_state_dir() / "lock").write_text(old.to_text())
    events: list[Event] = []
    with directory.lock(report=events.append):
        pass
    assert ["The machine was started again" in event.text for event in events if isinstance(event, Note)] == [True]


def test_looking_whether_it_is_locked_leaves_no_trace(directory: Directory) -> None:
    seen = [directory.is_locked]
    with directory.lock("commit"):
        before = (directory.state_dir / "lock").read_bytes()
        seen.append(directory.is_locked)
        assert (directory.state_dir / "lock").read_bytes() == before
    assert [*seen, directory.is_locked] == [False, True, False]


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_whatever_a_lock_holds_is_parsed_or_ignored(text: bytes) -> None:
    found = LockHolder.parse(text)
    assert found is None or found.sentence


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(("operator", "directory", "pid", "since", "step", "boot"), JSON))
)
def test_any_json_is_a_holder_in_visible_text_or_none(document: dict[str, object]) -> None:
    found = LockHolder.parse(json.dumps(document))
    if found is not None:
        assert found.sentence.isprintable()
        assert len(found.sentence) < 1000
        assert LockHolder.parse(found.to_text()) == found
