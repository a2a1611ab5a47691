"""Step 5: the nodes themselves are asked until they all report one ring with quorum."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from corotui import ring
from corotui.cluster.events import Report, State, StepChanged
from corotui.errors import CorotuiError
from corotui.ring.model import NodeView, Ring
from corotui.rollout.model import Plan
from corotui.rollout.stop import Stop
from corotui.rollout.work import RING, Work
from corotui.ssh.shell import Shell

_PAUSE = 0.5  # seconds between looks at first; it doubles up to
_LONGEST = 2.0


async def confirm(work: Work) -> Ring:
    """The ring once it is healthy, or as it is when the plan's limit is over or the stop is asked; journaled."""
    work.step(RING, State.RUNNING, limit=work.plan.ring_limit)
    seen = await wait(work.plan, work.shells, work.report, work.stop)
    work.journal.write(work.run, RING, State.DONE if seen.healthy else State.FAILED, ("",))
    return seen


async def wait(plan: Plan, shells: Mapping[str, Shell | CorotuiError], report: Report, stop: Stop) -> Ring:
    """The same without a journal."""
    limit = plan.ring_limit
    names = [node.name for node in plan.nodes]
    until = time.monotonic() + limit
    pause = _PAUSE
    told: dict[str, tuple[State, str]] = {}
    while True:
        seen = await ring.look(shells, expected=names, names=plan.names)
        for view in seen.nodes:
            now = _standing(view, names)
            if told.get(view.name) != now:
                told[view.name] = now
                report(StepChanged(step=RING, state=now[0], node=view.name, detail=now[1]))
        left = until - time.monotonic()
        words = f"{len(seen.members)} of {len(names)} members"
        if seen.healthy or left <= 0 or stop.asked:
            report(StepChanged(step=RING, state=State.DONE if seen.healthy else State.FAILED, detail=words))
            return seen
        report(StepChanged(step=RING, state=State.WAITING, detail=words, limit=limit))
        await stop.within(min(pause, max(left, 0.1)))
        pause = min(2 * pause, _LONGEST)


def missing(seen: Ring, expected: Sequence[str]) -> dict[str, str]:
    """Node -> what it lacks of a healthy ring, for those that lack anything."""
    out = {}
    for view in seen.nodes:
        state, words = _standing(view, expected)
        if state is not State.DONE:
            out[view.name] = words
    return out


def _standing(view: NodeView, expected: Sequence[str]) -> tuple[State, str]:
    if not view.reachable:
        return State.WAITING, view.error or "does not answer"
    if view.hung:
        return State.WAITING, "corosync is there and does not answer"
    if not view.running:
        return State.WAITING, view.error or "corosync does not run"
    lacks = [name for name in expected if name not in view.members]
    if lacks:
        return State.WAITING, f"does not see {', '.join(lacks)}"
    if not view.quorate:
        return State.WAITING, "sees all nodes and has no quorum"
    down = sorted({f"{link.peer} on link {link.link}" for link in view.links if not link.connected})
    if down:
        return State.WAITING, f"not connected to {', '.join(down)}"
    ring = f"ring {view.ring_id}, " if view.ring_id else ""  # 1.4 without a quorum provider names none
    return State.DONE, f"{ring}{len(view.members)} members"
