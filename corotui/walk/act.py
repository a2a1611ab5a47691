"""Carrying out what Enter means."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from corotui.rollout.model import Consent
from corotui.walk.action import Action, Kind, mendable, recommended
from corotui.walk.model import Step
from corotui.walk.walk import Walk


async def act(walk: Walk, action: Action) -> None:
    """Does an enabled action and goes on to the next step where the action fulfilled this one."""
    if not action.enabled:
        return
    if action.kind is Kind.APPLY:
        await _apply(walk, action)
    else:
        await _DEEDS[action.kind](walk)


async def _nothing(walk: Walk) -> None:
    return None


async def _next(walk: Walk) -> None:
    steps = list(Step)
    here = steps.index(walk.picture.step)
    walk.go(steps[min(here + 1, len(steps) - 1)])
    if walk.picture.step is Step.REVIEW:
        await walk.plan()


async def look_again(walk: Walk) -> None:
    """Connects to all nodes and asks those that were reached; one that was refused or is off is not tried twice."""
    await walk.connect()
    reached = [node.name for node in walk.picture.nodes if node.connection == "connected"]
    if reached:
        await walk.look(reached)


async def _look(walk: Walk) -> None:
    await look_again(walk)
    if walk.picture.step is Step.NODES and all(n.live for n in walk.picture.nodes):
        await _next(walk)


async def _mend(walk: Walk) -> None:
    await walk.mend(mendable(walk.picture))


async def _install(walk: Walk) -> None:
    await walk.install()


async def _take_links(walk: Walk) -> None:
    picture = walk.picture
    if not picture.chosen:
        walk.choose_links(recommended(picture))
    walk.propose_conf()
    await _next(walk)


async def _save_conf(walk: Walk) -> None:
    proposed = walk.picture.proposed
    if proposed is not None:
        walk.save_conf(proposed)
        await _next(walk)


async def _apply(walk: Walk, action: Action) -> None:
    await walk.apply(
        allow_running=Consent.RUNNING in action.consents, allow_pacemaker=Consent.PACEMAKER in action.consents
    )
    ring = walk.picture.ring
    if ring is not None and ring.healthy:
        await _next(walk)


async def _recover(walk: Walk) -> None:
    await walk.recover()


_DEEDS: Mapping[Kind, Callable[[Walk], Awaitable[None]]] = {
    Kind.NONE: _nothing,
    Kind.NEXT: _next,
    Kind.LOOK: _look,
    Kind.MEND: _mend,
    Kind.INSTALL: _install,
    Kind.TAKE_LINKS: _take_links,
    Kind.SAVE_CONF: _save_conf,
    Kind.RECOVER: _recover,
}
