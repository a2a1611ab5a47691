"""Step 4: starts the daemons, all at once or one node after another; and restores them if the rollout is undone."""

from __future__ import annotations

import asyncio
import time

from corotui import ring
from corotui.cluster.events import ProgressState, Purpose
from corotui.errors import CorotuiError, WorkError
from corotui.ring.model import Ring
from corotui.rollout.execute.reload import reload
from corotui.rollout.execute.run import START, RolloutRun
from corotui.rollout.model import NodePlan, ServiceAction
from corotui.rollout.node import service
from corotui.ssh.fanout import NodeResults
from corotui.ssh.shell import Shell

_PAUSE = 1.0  # seconds between two queries while a node comes back


async def start_daemons(run: RolloutRun) -> NodeResults[str]:
    """Enables, reloads, restarts and starts corosync as the plan says.

    A reload comes first, so that the ring knows the nodes that start. A rolling restart ends at the first node that
    fails, or when a stop is requested; the remaining nodes run as before.
    """
    reloads = [node for node in run.plan.nodes if node.service_action is ServiceAction.RELOAD]
    failures = await reload(run, reloads) if reloads else NodeResults[str]()
    if failures.failed:
        return failures
    rolling_nodes = run.plan.rolling_nodes
    for node in rolling_nodes:
        if run.stop.requested:
            return failures
        run.report_step(START, ProgressState.RUNNING, [node.name], limit=service.LIMIT + run.plan.ring_limit)
        try:
            await _restart_and_rejoin(run, node)
        except CorotuiError as error:
            run.report_step(START, ProgressState.FAILED, [node.name], error.what)
            run.report_step(START, ProgressState.FAILED)
            return NodeResults({node.name: error})
        run.report_step(START, ProgressState.DONE, [node.name])
    at_once = [node for node in service_nodes(run) if node not in rolling_nodes and node not in reloads]
    if rolling_nodes and run.stop.requested:
        return failures
    skipped = [node.name for node in run.plan.nodes if node not in [*rolling_nodes, *reloads, *at_once]]
    return await run.run_on_nodes(START, at_once, _start, limit=service.LIMIT, skipped=skipped)


def service_nodes(run: RolloutRun) -> list[NodePlan]:
    """Returns the nodes whose service changes."""
    return [node for node in run.plan.nodes if node.service_action is not ServiceAction.NONE or node.enable]


async def _start(node: NodePlan, shell: Shell) -> str:
    await service.start(node, shell)
    return "" if node.service_action is ServiceAction.NONE else "corosync runs"


async def _restart_and_rejoin(run: RolloutRun, node: NodePlan) -> None:
    """Restarts one node of a running ring, and waits until it is back. Raises WorkError if it does not come back."""
    before = await ring.query_ring(run.shells, run.plan.expected_ring)
    await service.start(node, await run.shell(node.name))
    deadline = time.monotonic() + run.plan.ring_limit
    while True:
        current = await ring.query_ring(run.shells, run.plan.expected_ring, purpose=Purpose.POLL)
        if _has_rejoined(node.name, before, current):
            return
        if time.monotonic() > deadline:
            raise WorkError(
                f"corosync was restarted, and the ring did not take it back within {run.plan.ring_limit:g} s",
                node=node.name,
                changed="The nodes behind it run as before.",
            )
        await asyncio.sleep(_PAUSE)


def _has_rejoined(name: str, ring_before: Ring, ring_now: Ring) -> bool:
    """Whether the node and the ring see all earlier members. The other nodes' views alone may be out of date."""
    expected = set(ring_before.members) | {name}
    own = next((view for view in ring_now.nodes if view.name == name), None)
    if own is None or not own.running or not expected <= set(own.members):
        return False
    return expected <= set(ring_now.members) if ring_before.quorate else True


async def restore_daemons(run: RolloutRun) -> NodeResults[str]:
    """Brings the daemons back after the earlier files were put back: restarts those that ran, stops the others.

    Daemons that this run did not touch are left alone.
    """
    touched = run.journal.touched_nodes(run.run_id, START)
    first = next((node for node in run.plan.nodes if node.service_action is ServiceAction.RELOAD), None)

    async def restore_node(node: NodePlan, shell: Shell) -> str:
        line = ""
        if node.service_action is ServiceAction.RELOAD:
            line = service.start_command(node) if node is first else ""
        elif node.was_running and not node.replaces_unmanaged:
            line = node.service_manager.command("restart")
        elif node.service_action is not ServiceAction.NONE:
            await service.stop(node, shell)
        if line and node.service_action is not ServiceAction.NONE:
            (await shell.run(line, privileged=True, timeout=service.LIMIT)).expect()
        if node.enable:
            (await shell.run(node.service_manager.disable_command, privileged=True, timeout=60)).expect()
        await service.reset_failed(node, shell)
        return ""

    return await run.run_on_nodes_quietly([node for node in service_nodes(run) if node.name in touched], restore_node)
