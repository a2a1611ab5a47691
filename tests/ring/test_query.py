from __future__ import annotations

import subprocess

from corotui.errors import CommandTimeoutError, NodeUnreachableError
from corotui.ring.expected import ExpectedRing
from corotui.ring.query import query_ring
from corotui.ring.script import SCRIPT
from corotui.ssh.fanout import Shells
from corotui.ssh.remote_script import OutputSection, new_sentinel, sentinel_line, split_sections
from tests.support.ring_outputs import framed, ring_shell, sections_317


async def test_a_query_merges_all_nodes() -> None:
    node1 = ring_shell("node1", lambda mark: framed(sections_317(), mark))
    shells = Shells(
        {
            "node1": node1,
            "node2": NodeUnreachableError("no route to host", node="node2", stage="connect"),
            "node3": ring_shell("node3", CommandTimeoutError(node="node3", command="sh", seconds=20)),
        }
    )
    ring = await query_ring(shells, ExpectedRing(("node1", "node2", "node3")))
    first, second, third = ring.nodes
    assert (first.reachable, first.members) == (True, ("node1", "n2"))
    assert (second.reachable, second.error) == (False, "no route to host")
    assert not third.reachable
    assert node1.requests[0].privileged, "corosync answers root only"


async def test_a_shell_that_does_not_run_scripts_is_reported_with_its_output() -> None:
    shell = ring_shell("node1", lambda mark: "\x00This account \x1b[1mis disabled")
    (found,) = (await query_ring(Shells({"node1": shell}), ExpectedRing(("node1",)))).nodes
    assert not found.reachable
    assert "\ufffdThis account \x1b[1mis disabled" in found.error


def test_the_script_runs_in_a_plain_sh_without_corosync() -> None:
    mark = new_sentinel()
    done = subprocess.run(
        ["sh", "-s", "ring"],
        input=(sentinel_line(mark) + SCRIPT.text).encode(),
        capture_output=True,
        env={"PATH": "/usr/bin:/bin"},
        timeout=60,
        check=False,
    )
    found = split_sections(done.stdout.decode(), mark)
    assert done.stderr == b""
    assert {"version", "cfgtool", "paths", "quorumtool"} <= set(found)
    assert all(isinstance(section, OutputSection) and section.exit_code is not None for section in found.values())
