"""Watches the ring, asks the doctor, and follows the rollout of another corotui."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from corotui import ring
from corotui.cluster.events import StepChanged
from corotui.cluster.finding import TRANSIENT_CODES, Finding
from corotui.ring.model import Ring, RingEvent
from corotui.rollout import interrupted_rollout
from corotui.rollout.execute.run import STEPS
from corotui.rollout.history.journal import Journal, RunRecord, RunState
from corotui.workflow import progress
from corotui.workflow.operations.context import OperationContext
from corotui.workflow.state import ProgressKind

_MAX_RING_EVENTS = 500  # changes of the ring that the state keeps
_VERIFY_LIMIT = 30.0  # seconds
_VERIFY_INTERVAL = 2.0  # seconds between two diagnoses after a fix
_POLL_INTERVAL = 0.5  # seconds between two readings of the journal


async def query_ring(context: OperationContext) -> None:
    """Asks all nodes for the ring once, for `state.ring`. A node that does not answer is in it with its error."""
    async with context.activity.busy("asking the nodes for the ring"):
        ring_now = await ring.query_ring(await context.shells.open(), context.expected_ring)
        context.store.update(ring=ring_now)


async def ring_changes(context: OperationContext, interval: float) -> AsyncGenerator[Ring | RingEvent, None]:
    """Yields the ring and its changes after they are in the state, until it is closed. Nothing without nodes.

    `interval`: seconds between two queries of a node.
    """
    if not context.node_names:
        return
    changes = ring.watch(await context.shells.connections(), context.expected_ring, interval=interval)
    async with aclosing(changes):
        async for change in changes:
            if isinstance(change, Ring):
                context.store.update(ring=change)
            else:
                context.store.update(ring_events=(*context.state.ring_events, change)[-_MAX_RING_EVENTS:])
            yield change


async def watch(context: OperationContext) -> None:
    """Keeps the ring of the state up to date until it is cancelled."""
    async with aclosing(ring_changes(context, interval=1.0)) as changes:
        async for _ in changes:
            pass


async def diagnose(context: OperationContext) -> None:
    """Gathers evidence on all nodes for `state.doctor`: the doctor's findings, the most likely cause first."""
    async with context.activity.busy("asking the doctor"):
        shells = await context.shells.open()
        findings = await context.dependencies.examine(shells, cluster=context.state.cluster, conf=context.state.conf)
        context.store.update(doctor=tuple(findings))


async def verify_fix(context: OperationContext, fixed: Sequence[Finding]) -> None:
    """Diagnoses again until these findings are gone, as a ring needs seconds to form; at most 30 s, or until a stop."""
    async with context.activity.busy("waiting until the fix takes effect"):
        keys = {(finding.code, finding.node) for finding in fixed}
        deadline = time.monotonic() + _VERIFY_LIMIT
        while True:
            await diagnose(context)
            remaining = [
                finding
                for finding in context.state.doctor or ()
                if (finding.code, finding.node) in keys or finding.code in TRANSIENT_CODES
            ]
            if not remaining or time.monotonic() > deadline or context.activity.stop_request.requested:
                return
            await asyncio.sleep(_VERIFY_INTERVAL)


async def follow(context: OperationContext) -> None:
    """Shows the progress of a rollout that another process does on this directory, until it ends. Returns at once if
    there is none."""
    run = _external_run(context)
    if run is None:
        return
    names = context.node_names
    shown = progress.begin(ProgressKind.ROLLOUT, run.title, STEPS, names)
    after = 0
    while run is not None:
        with Journal(context.directory) as journal:
            for entry in journal.entries(run.id, after):
                after = entry.id
                shown = progress.advance(
                    shown,
                    StepChanged(
                        step=entry.step, state=entry.state, node=entry.node or None, detail=entry.detail, at=entry.at
                    ),
                )
        context.store.update(progress=progress.mark_external(shown))
        await asyncio.sleep(_POLL_INTERVAL)
        run = _external_run(context)
    context.store.update(
        progress=progress.end(progress.mark_external(shown)), interrupted=interrupted_rollout(context.directory)
    )


def _external_run(context: OperationContext) -> RunRecord | None:
    """Returns the run that another process works on, None where there is none."""
    with Journal(context.directory) as journal:
        run = journal.last_run()
    if run is None or run.state is not RunState.RUNNING:
        return None
    return run if context.directory.is_locked else None
