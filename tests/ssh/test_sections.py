"""Limits of scripts on a node: a tool that hangs, floods or holds the output costs its own answer and a few seconds."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.cluster.model import Node
from corotui.errors import CommandTimeoutError, OutputLimitError
from corotui.ssh.local import LocalShell
from corotui.ssh.remote_script import FramedScript, OutputSection, describe_limits, limited_sections, new_sentinel
from corotui.ssh.shell import Shell
from tests.support.fake_shell import FakeShell, local_processes

NEEDED = ("sh", "date", "head", "sleep", "cat", "env", "printf")
TOOLS = {
    "fine": "echo fine",
    "hanging": "exec sleep 100",
    "stubborn": "trap '' TERM; sleep 100; sleep 100",
    "flooding": "while :; do echo yes; done",
    "slow": "sleep 2; echo slow",
    "noisy": "while :; do echo no >&2; done",
    "holding": "sleep 30 & echo started",
    "corosync-hanging": "exec sleep 100",
}


def script(*sections: str, seconds: int = 8) -> FramedScript:
    return FramedScript("\n".join(sections), seconds=seconds, name="example")


@pytest.fixture(params=["timeout", "no timeout"])
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Shell:
    """A node with the tools of TOOLS, with coreutils' timeout and without."""
    for name in (*NEEDED, *(("timeout",) if request.param == "timeout" else ())):
        found = shutil.which(name)
        assert found
        (tmp_path / name).symlink_to(found)
    for name, text in TOOLS.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    path = {"PATH": f"{tmp_path}", "HOME": os.environ.get("HOME", "/")}
    return FakeShell(local_processes(environ=path, inherit=False))


@pytest.mark.parametrize("tool", ["hanging", "stubborn"])
async def test_a_tool_that_hangs_is_named_and_the_other_answers_are_kept(shell: Shell, tool: str) -> None:
    began = time.monotonic()
    sections = await script(
        "section before 100 limit 2 fine", f"section hung 100 limit 1 {tool}", "section after 100 limit 2 fine"
    ).run(shell)
    assert time.monotonic() - began < 8
    assert sections["before"] == sections["after"] == OutputSection("fine", 0)
    assert (sections["hung"].timed_out, sections["hung"].hung_tools) == (True, (tool,))
    assert describe_limits(sections) == ((f"{tool} did not end within its time",), ())


async def test_after_one_hung_the_others_together_get_little(shell: Shell) -> None:
    began = time.monotonic()
    names = [f"s{number}" for number in range(10)]
    sections = await script(*(f"section {name} 100 limit 3 hanging" for name in names), seconds=5).run(shell)
    assert time.monotonic() - began < 12
    assert list(sections) == names
    assert all(section.hung_tools == ("hanging",) for section in sections.values())


async def test_slow_tools_that_do_not_hang_have_more_time_and_not_endless_time(shell: Shell) -> None:
    lines = ("slow_seconds=1", *(f"section s{number} 100 limit 5 slow" for number in range(4)))
    sections = await script(*lines, seconds=4).run(shell)
    assert [section.text for section in sections.values()][:2] == ["slow", "slow"]
    assert sections["s3"].timed_out


async def test_after_a_corosync_tool_hung_the_others_are_not_asked(shell: Shell) -> None:
    lines = ('ask() { [ -z "$silent" ] || return 125; limit 1 "$@"; }', "section one 100 ask corosync-hanging")
    sections = await script(*lines, "section two 100 ask corosync-hanging", "section three 9 limit 1 fine").run(shell)
    assert [section.exit_code for section in sections.values()] == [124, 125, 0]


@pytest.mark.parametrize("tool", ["flooding", "noisy"])
async def test_a_flood_is_cut_at_its_size_and_ended(shell: Shell, tool: str) -> None:
    sections = await script(f"section flood 3000 limit 5 {tool}", "section after 100 limit 2 fine").run(shell)
    assert sections["after"] == OutputSection("fine", 0)
    assert (sections["flood"].limit, 2999 <= len(sections["flood"].text) <= 3000) == (3000, True)
    assert describe_limits(sections)[1] == ("the answer to `flood` was cut after 3 KiB",)


async def test_a_process_that_keeps_the_output_open_is_left_behind(shell: Shell) -> None:
    began = time.monotonic()
    lines = ("keep_seconds=1", "section held 100 limit 5 holding", "section after 100 limit 2 fine")
    sections = await script(*lines).run(shell)
    assert time.monotonic() - began < 8
    assert sections["after"] == OutputSection("fine", 0)
    assert (sections["held"].timed_out, sections["held"].hung_tools) == (True, ("`held`",))


async def test_what_came_before_a_hang_without_a_limit_is_kept() -> None:
    local = LocalShell(Node("here", "localhost", local=True))
    sections = await script("section one 9 echo 1", "section two 9 sleep 100", seconds=0).run(local)
    assert sections["one"] == OutputSection("1", 0)
    assert (sections["two"].exit_code, sections["two"].hung_tools) == (None, ("`two`",))


async def test_what_came_before_a_flood_without_a_limit_is_kept() -> None:
    local = LocalShell(Node("here", "localhost", local=True))
    sections = await FramedScript("section one 9 echo 1\nyes", seconds=9, name="example", limit=1000).run(local)
    assert sections["one"] == OutputSection("1", 0)


@given(st.binary(max_size=300), st.sampled_from([None, "time", "size"]))
def test_no_output_raises(output: bytes, stopped: str | None) -> None:
    mark = new_sentinel()
    errors = {
        "time": CommandTimeoutError(node="n", command="sh", seconds=1),
        "size": OutputLimitError(node="n", command="sh", limit=1),
    }
    begun = f"{mark} begin a\n".encode() + output
    limits = f"\n{mark} begin limits\n".encode() + output + f"\nhung a x 5\nbytes a - 0\n{mark} end limits 0\n".encode()
    for text in (output, begun, begun + limits, limits):
        sections = limited_sections(text, mark, errors.get(stopped or ""))
        describe_limits(sections)
        assert "limits" not in sections
