"""Step 5: asks the nodes until all of them report one ring with quorum."""

from __future__ import annotations

import time
from collections.abc import Sequence

from corotui import ring
from corotui.cluster.events import EventSink, ProgressState, Purpose, StepChanged
from corotui.cluster.limits import joined
from corotui.ring.model import NodeView, Ring
from corotui.rollout.execute.run import RING, RolloutRun
from corotui.rollout.model import Plan
from corotui.ssh.cancellation import StopRequest
from corotui.ssh.fanout import Shells

_FIRST_PAUSE = 0.5  # seconds between two queries; it doubles up to
_LONGEST_PAUSE = 2.0


async def confirm_ring(run: RolloutRun) -> Ring:
    """Waits for the ring as `wait_for_ring` does, and journals the step."""
    run.report_step(RING, ProgressState.RUNNING, limit=run.plan.ring_limit)
    current = await wait_for_ring(run.plan, run.shells, run.report, run.stop)
    run.journal.add_entries(run.run_id, RING, ProgressState.DONE if current.healthy else ProgressState.FAILED, ("",))
    return current


async def wait_for_ring(plan: Plan, shells: Shells, report: EventSink, stop: StopRequest) -> Ring:
    """Returns the ring once it is healthy, or as it is when nothing can come any more.

    That is when the plan's limit is over, a stop is requested, or all nodes see the ring but those whose answers are
    beyond the limits of corosync: a tool there is broken or replaced, and waiting mends no tool.
    """
    limit = plan.ring_limit
    names = [node.name for node in plan.nodes]
    deadline = time.monotonic() + limit
    pause = _FIRST_PAUSE
    reported: dict[str, tuple[ProgressState, str]] = {}
    while True:
        current = await ring.query_ring(shells, plan.expected_ring, purpose=Purpose.POLL)
        for view in current.nodes:
            state, problem = _node_state(view, names)
            if reported.get(view.name) != (state, problem):
                reported[view.name] = (state, problem)
                report(StepChanged(step=RING, state=state, node=view.name, detail=problem))
        remaining = deadline - time.monotonic()
        detail = f"{len(current.members)} of {len(names)} members"
        if current.healthy or remaining <= 0 or stop.requested or _only_unusable_answers_lack(current, names):
            end_state = ProgressState.DONE if current.healthy else ProgressState.FAILED
            report(StepChanged(step=RING, state=end_state, detail=detail))
            return current
        report(StepChanged(step=RING, state=ProgressState.WAITING, detail=detail, limit=limit))
        await stop.wait_for(min(pause, max(remaining, 0.1)))
        pause = min(2 * pause, _LONGEST_PAUSE)


def _only_unusable_answers_lack(current: Ring, names: Sequence[str]) -> bool:
    """Whether all that is left to wait for are nodes whose answer is beyond what corosync can say: it stays so."""
    states = {view.name: _node_state(view, names)[0] for view in current.nodes}
    beyond = {view.name for view in current.nodes if view.left_out}
    return bool(beyond) and all(states.get(name) is ProgressState.DONE for name in names if name not in beyond)


def problems_by_node(ring_now: Ring, expected: Sequence[str]) -> dict[str, str]:
    """Returns what each node lacks of a healthy ring; nodes that lack nothing are left out."""
    problems = {}
    for view in ring_now.nodes:
        state, problem = _node_state(view, expected)
        if state is not ProgressState.DONE:
            problems[view.name] = problem
    return problems


def _node_state(view: NodeView, expected: Sequence[str]) -> tuple[ProgressState, str]:
    """DONE and a summary for a node that sees the whole ring, else WAITING and what it lacks."""
    state, detail = _ring_state(view, expected)
    if state is not ProgressState.DONE and view.left_out:
        return state, f"its answer cannot be used: {view.left_out[0]}"
    return state, detail


def _ring_state(view: NodeView, expected: Sequence[str]) -> tuple[ProgressState, str]:
    if not view.reachable:
        return ProgressState.WAITING, view.error or "does not answer"
    if view.hung:
        return ProgressState.WAITING, "corosync runs but does not answer"
    if not view.running:
        return ProgressState.WAITING, view.error or "corosync does not run"
    missing = [name for name in expected if name not in view.members]
    if missing:
        return ProgressState.WAITING, f"does not see {', '.join(missing)}"
    if not view.quorate:
        return ProgressState.WAITING, "sees all nodes and has no quorum"
    down = sorted({f"{link.peer} on link {link.link}" for link in view.links if not link.connected})
    if down:
        return ProgressState.WAITING, f"not connected to {joined(down)}"
    ring = f"ring {view.ring_id}, " if view.ring_id else ""  # 1.4 without a quorum provider reports none
    return ProgressState.DONE, f"{ring}{len(view.members)} members"
