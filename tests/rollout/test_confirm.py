"""How long a rollout waits for its ring."""

from __future__ import annotations

from dataclasses import replace

import pytest

from corotui import ring
from corotui.cluster.events import Event
from corotui.directory import Directory
from corotui.ring.model import Ring
from corotui.rollout.execute.confirm import problems_by_node, wait_for_ring
from corotui.ssh.cancellation import StopRequest
from corotui.ssh.fanout import Shells
from tests.support.rollout.machines import Machine, ring_of, view
from tests.support.rollout.plan_builder import plan_for

BEYOND = "corosync-quorumtool names 20,000 members; corosync allows at most 384; the rest was left out"


@pytest.mark.parametrize(
    ("left_out", "others_see_it", "queries"), [((BEYOND,), True, 1), ((BEYOND,), False, 2), ((), True, 2)]
)
async def test_an_answer_beyond_corosync_is_not_waited_for(
    machines: dict[str, Machine],
    directory: Directory,
    conf: bytes,
    monkeypatch: pytest.MonkeyPatch,
    left_out: tuple[str, ...],
    others_see_it: bool,
    queries: int,
) -> None:
    stop = StopRequest()
    asked = 0

    async def query_ring(*_: object, **__: object) -> Ring:
        nonlocal asked
        asked += 1
        if asked > 1:
            stop.request()
        whole = ring_of(machines)
        members = tuple(machines) if others_see_it else ("node1",)
        views = [
            replace(view(machine, ()), running=True, quorate=True, members=members) for machine in machines.values()
        ]
        views[2] = replace(views[2], members=("n9",), left_out=left_out)
        return replace(whole, healthy=False, nodes=tuple(views))

    plan = await plan_for(machines, directory, conf)
    monkeypatch.setattr(ring, "query_ring", query_ring)
    events: list[Event] = []
    current = await wait_for_ring(plan, Shells(machines), events.append, stop)
    assert asked == queries
    problem = problems_by_node(current, tuple(machines))["node3"]
    assert (BEYOND in problem) == bool(left_out)
