"""Step 4: the daemons, all at once or one node after another; and stopping them again when nothing came of it."""

from __future__ import annotations

import asyncio
import time

from corotui import ring
from corotui.cluster.events import State
from corotui.errors import CorotuiError, WorkFailed
from corotui.ring.model import Ring
from corotui.rollout import service
from corotui.rollout.failures import Failures
from corotui.rollout.model import NodePlan, Order, Start
from corotui.rollout.reload import reload
from corotui.rollout.work import START, Work
from corotui.ssh.shell import Shell

_PAUSE = 1.0  # seconds between looks while a node comes back


async def start(work: Work) -> Failures:
    """Enables and starts as the plan says: a reload first, so that nodes which start are known to the ring; then turns.

    In rolling order it ends at the first node that fails, or when the stop is asked; the nodes behind it keep running
    as they were.
    """
    reloads = [node for node in work.plan.nodes if node.start is Start.RELOAD]
    failures = await reload(work, reloads) if reloads else Failures()
    if failures:
        return failures
    rolling = work.plan.order is Order.ROLLING
    turns = [node for node in work.plan.nodes if rolling and node.was_ring and node.start is Start.RESTART]
    for node in turns:
        if work.stop.asked:
            return failures
        work.step(START, State.RUNNING, [node.name], limit=service.LIMIT + work.plan.ring_limit)
        try:
            await _turn(work, node)
        except CorotuiError as error:
            failures.add(node.name, error)
            work.step(START, State.FAILED, [node.name], error.what)
            work.step(START, State.FAILED)
            return failures
        work.step(START, State.DONE, [node.name])
    at_once = [node for node in busy(work) if node not in turns and node not in reloads]
    if turns and work.stop.asked:
        return failures
    idle = [node.name for node in work.plan.nodes if node not in [*turns, *reloads, *at_once]]
    return await work.everywhere(START, at_once, _start, limit=service.LIMIT, idle=idle)


def busy(work: Work) -> list[NodePlan]:
    """Nodes where the service is touched."""
    return [node for node in work.plan.nodes if node.start is not Start.NONE or node.enable]


async def _start(node: NodePlan, shell: Shell) -> str:
    await service.start(node, shell)
    return "" if node.start is Start.NONE else "corosync runs"


async def _turn(work: Work, node: NodePlan) -> None:
    """Restarts one node of a ring that runs, and waits until the ring has it back."""
    names = [each.name for each in work.plan.nodes]
    before = await ring.look(work.shells, expected=names, names=work.plan.names)
    await service.start(node, work.shell(node.name))
    until = time.monotonic() + work.plan.ring_limit
    while True:
        seen = await ring.look(work.shells, expected=names, names=work.plan.names)
        if _is_back(node.name, before, seen):
            return
        if time.monotonic() > until:
            raise WorkFailed(
                f"corosync was restarted, and the ring did not take it back within {work.plan.ring_limit:g} s",
                node=node.name,
                changed="The nodes behind it run as before.",
            )
        await asyncio.sleep(_PAUSE)


def _is_back(name: str, before: Ring, seen: Ring) -> bool:
    """The node itself sees all that were members before, and so does the ring; the others' word alone may be old."""
    wanted = set(before.members) | {name}
    own = next((view for view in seen.nodes if view.name == name), None)
    if own is None or not own.running or not wanted <= set(own.members):
        return False
    return wanted <= set(seen.members) if before.quorate else True


async def stop_again(work: Work) -> Failures:
    """After the files were put back: a corosync that ran before runs on the old files, one that did not is stopped.
    Daemons that were not touched in this run go on."""
    touched = work.journal.touched(work.run, START)

    first = next((node for node in work.plan.nodes if node.start is Start.RELOAD), None)

    async def deed(node: NodePlan, shell: Shell) -> str:
        if node.start is Start.RELOAD:
            line = service.start_line(node) if node is first else ""
        elif node.was_running and not node.replaces_stray:
            line = "systemctl restart corosync" if node.service_manager == "systemd" else "service corosync restart"
        else:
            line = service.stop_line(node)
        if line and node.start is not Start.NONE:
            (await shell.run(line, privileged=True, timeout=service.LIMIT)).expect()
        if node.enable:
            (await shell.run(service.disable_line(node), privileged=True, timeout=60)).expect()
        await service.forgive(node, shell)
        return ""

    return await work.quietly([node for node in busy(work) if node.name in touched], deed)
