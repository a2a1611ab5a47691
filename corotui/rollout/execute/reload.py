"""A reload: running daemons apply a change without a restart, and each of them is asked whether it did."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from corotui.cluster.events import ProgressState
from corotui.conf import summary
from corotui.conf.constants import DEFAULT_RELEASE
from corotui.errors import CorotuiError, WorkError
from corotui.rollout.execute.run import START, RolloutRun
from corotui.rollout.model import NodePlan
from corotui.rollout.node import service, snapshot
from corotui.rollout.plan import conf_change
from corotui.ssh.fanout import NodeResults
from corotui.ssh.shell import Shell

LIMIT = 20.0
"""Seconds until all daemons hold the new values."""
_PAUSE = 0.5  # seconds between two queries


async def reload(run: RolloutRun, nodes: Sequence[NodePlan]) -> NodeResults[str]:
    """Reloads the ring by `corosync-cfgtool -R` on one node, then waits until each daemon holds the new values.

    The command returns 0 even if a daemon ignored a change, so its exit code proves nothing.
    """
    names = [node.name for node in nodes]
    run.report_step(START, ProgressState.RUNNING, names, "reads its configuration again", limit=LIMIT)
    first = nodes[0]
    try:
        shell = await run.shell(first.name)
        (await shell.run(service.start_command(first), privileged=True, timeout=LIMIT)).expect()
    except CorotuiError as error:
        run.report_step(START, ProgressState.FAILED, [first.name], error.what)
        run.report_step(START, ProgressState.FAILED)
        return NodeResults({first.name: error})
    expected = {node.name: summary.summarise(run.plan.conf, node.release or DEFAULT_RELEASE) for node in nodes}

    async def confirm_node(node: NodePlan, shell: Shell) -> str:
        deadline = time.monotonic() + LIMIT
        while keys := conf_change.unapplied_keys(
            expected[node.name], (await snapshot.take_snapshot(shell, key_path=run.plan.key_path)).cmap
        ):
            if time.monotonic() > deadline:
                raise WorkError(
                    f"corosync still holds the old value of {', '.join(keys[:5])} after the reload",
                    node=node.name,
                    changed="",
                    next_step="Restart corosync there.",
                )
            await asyncio.sleep(_PAUSE)
        if node.enable:
            (await shell.run(node.service_manager.enable_command, privileged=True, timeout=60)).expect()
        return "runs on the new values"

    return await run.run_on_nodes(START, nodes, confirm_node, limit=LIMIT, skipped=())
