"""Step 5: the nodes themselves are asked until they all report one ring with quorum."""

from __future__ import annotations

import time
from collections.abc import Sequence

from corotui import ring
from corotui.cluster.events import EventSink, ProgressState, Purpose, StepChanged
from corotui.ring.model import NodeView, Ring
from corotui.rollout.execute.run import RING, RolloutRun
from corotui.rollout.model import Plan
from corotui.ssh.cancellation import StopRequest
from corotui.ssh.fanout import Shells

_PAUSE = 0.5  # seconds between looks at first; it doubles up to
_LONGEST = 2.0


async def confirm_ring(run: RolloutRun) -> Ring:
    """The ring once it is healthy, or as it is when the plan's limit is over or the stop is asked; journaled."""
    run.report_step(RING, ProgressState.RUNNING, limit=run.plan.ring_limit)
    seen = await wait_for_ring(run.plan, run.shells, run.report, run.stop)
    run.journal.add_entries(run.run_id, RING, ProgressState.DONE if seen.healthy else ProgressState.FAILED, ("",))
    return seen


async def wait_for_ring(plan: Plan, shells: Shells, report: EventSink, stop: StopRequest) -> Ring:
    """The same without a journal."""
    limit = plan.ring_limit
    names = [node.name for node in plan.nodes]
    until = time.monotonic() + limit
    pause = _PAUSE
    told: dict[str, tuple[ProgressState, str]] = {}
    while True:
        seen = await ring.query_ring(shells, expected=names, names=plan.node_names, purpose=Purpose.POLL)
        for view in seen.nodes:
            now = _node_state(view, names)
            if told.get(view.name) != now:
                told[view.name] = now
                report(StepChanged(step=RING, state=now[0], node=view.name, detail=now[1]))
        left = until - time.monotonic()
        words = f"{len(seen.members)} of {len(names)} members"
        if seen.healthy or left <= 0 or stop.requested:
            report(
                StepChanged(step=RING, state=ProgressState.DONE if seen.healthy else ProgressState.FAILED, detail=words)
            )
            return seen
        report(StepChanged(step=RING, state=ProgressState.WAITING, detail=words, limit=limit))
        await stop.wait_for(min(pause, max(left, 0.1)))
        pause = min(2 * pause, _LONGEST)


def problems_by_node(ring_now: Ring, expected: Sequence[str]) -> dict[str, str]:
    """Node -> what it lacks of a healthy ring, for those that lack anything."""
    out = {}
    for view in ring_now.nodes:
        state, words = _node_state(view, expected)
        if state is not ProgressState.DONE:
            out[view.name] = words
    return out


def _node_state(view: NodeView, expected: Sequence[str]) -> tuple[ProgressState, str]:
    if not view.reachable:
        return ProgressState.WAITING, view.error or "does not answer"
    if view.hung:
        return ProgressState.WAITING, "corosync is there and does not answer"
    if not view.running:
        return ProgressState.WAITING, view.error or "corosync does not run"
    lacks = [name for name in expected if name not in view.members]
    if lacks:
        return ProgressState.WAITING, f"does not see {', '.join(lacks)}"
    if not view.quorate:
        return ProgressState.WAITING, "sees all nodes and has no quorum"
    down = sorted({f"{link.peer} on link {link.link}" for link in view.links if not link.connected})
    if down:
        return ProgressState.WAITING, f"not connected to {', '.join(down)}"
    ring = f"ring {view.ring_id}, " if view.ring_id else ""  # 1.4 without a quorum provider names none
    return ProgressState.DONE, f"{ring}{len(view.members)} members"
