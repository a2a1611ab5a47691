"""A change that running daemons take over without a restart, believed only when each of them says so."""

from __future__ import annotations

import time
from collections.abc import Sequence

from corotui.cluster.events import State
from corotui.errors import CorotuiError, WorkFailed
from corotui.rollout import change, meaning, service, sight
from corotui.rollout.failures import Failures
from corotui.rollout.model import NodePlan
from corotui.rollout.work import START, Work
from corotui.ssh.shell import Shell

LIMIT = 20.0  # seconds until all daemons hold the new values
_PAUSE = 0.5


async def reload(work: Work, nodes: Sequence[NodePlan]) -> Failures:
    """`corosync-cfgtool -R` on one node makes all nodes of the ring read their files; it returns 0 also where a daemon
    ignored a change, so each is asked for the values it holds."""
    names = [node.name for node in nodes]
    work.step(START, State.RUNNING, names, "reads its configuration again", limit=LIMIT)
    failures = Failures()
    first = nodes[0]
    try:
        shell = work.shell(first.name)
        (await shell.run(service.start_line(first), privileged=True, timeout=LIMIT)).expect()
    except CorotuiError as error:
        failures.add(first.name, error)
        work.step(START, State.FAILED, [first.name], error.what)
        work.step(START, State.FAILED)
        return failures
    wanted = {node.name: meaning.read(work.plan.conf, node.version) for node in nodes}

    async def deed(node: NodePlan, shell: Shell) -> str:
        until = time.monotonic() + LIMIT
        while left := change.not_applied(
            wanted[node.name], (await sight.look(shell, key_path=work.plan.key_path)).cmap
        ):
            if time.monotonic() > until:
                raise WorkFailed(
                    f"corosync still holds the old value of {', '.join(left[:5])} after the reload",
                    node=node.name,
                    changed="",
                    next_step="Restart corosync there.",
                )
            await work.stop.pause(_PAUSE)
        if node.enable:
            (await shell.run(service.enable_line(node), privileged=True, timeout=60)).expect()
        return "runs on the new values"

    return await work.everywhere(START, nodes, deed, limit=LIMIT, idle=())
