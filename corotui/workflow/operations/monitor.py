"""Keeping the ring of the picture fresh, asking the doctor, and looking on while another corotui works."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from corotui import ring
from corotui.cluster.events import StepChanged
from corotui.cluster.finding import TRANSIENT_CODES, Finding
from corotui.errors import LockedError
from corotui.ring import names_from_conf
from corotui.ring.model import Ring, RingEvent
from corotui.rollout import interrupted_rollout
from corotui.rollout.execute.run import STEPS
from corotui.rollout.history.journal import Journal, RunRecord, RunState
from corotui.workflow import progress
from corotui.workflow.state import ProgressKind
from corotui.workflow.store import StateStore

_MAX_RING_EVENTS = 500  # changes of the ring that the picture keeps
_VERIFY_LIMIT = 30.0  # seconds
_VERIFY_INTERVAL = 2.0  # seconds between two diagnoses after a fix
_POLL_INTERVAL = 0.5  # seconds between looks into the journal


async def query_ring(store: StateStore) -> None:
    """Asks all nodes once; the answer is `state.ring`. A node that does not answer is in the ring with its error."""
    async with store.busy("asking the nodes for the ring"):
        nodes = store.state.cluster.nodes
        found = await ring.query_ring(
            await store.open_shells(),
            expected=[node.name for node in nodes],
            names=names_from_conf(store.state.conf, nodes),
        )
        store.update(ring=found)


async def ring_changes(store: StateStore, interval: float) -> AsyncGenerator[Ring | RingEvent, None]:
    """Yields the ring and its changes after they are in the state, until it is closed. Nothing without nodes.

    `interval`: seconds between two queries of a node.
    """
    expected = [node.name for node in store.state.cluster.nodes]
    if not expected:
        return
    names = names_from_conf(store.state.conf, store.state.cluster.nodes)
    changes = ring.watch(await store.get_connections(), expected=expected, names=names, interval=interval)
    async with aclosing(changes):
        async for change in changes:
            if isinstance(change, Ring):
                store.update(ring=change)
            else:
                store.update(ring_events=(*store.state.ring_events, change)[-_MAX_RING_EVENTS:])
            yield change


async def watch(store: StateStore) -> None:
    """Keeps the ring of the state up to date until it is cancelled."""
    async with aclosing(ring_changes(store, interval=1.0)) as changes:
        async for _ in changes:
            pass


async def diagnose(store: StateStore) -> None:
    """All nodes are asked; the doctor's findings, best first, are `picture.doctor`."""
    from corotui.doctor import examine as ask_doctor

    async with store.busy("asking the doctor"):
        shells = await store.open_shells()
        found = await ask_doctor(shells, cluster=store.state.cluster, conf=store.state.conf)
        store.update(doctor=tuple(found))


async def verify_fix(store: StateStore, fixed: Sequence[Finding]) -> None:
    """Diagnoses again until these findings are gone, as a ring needs seconds to form; at most 30 s, or until a stop."""
    async with store.busy("waiting until the fix takes effect"):
        keys = {(finding.code, finding.node) for finding in fixed}
        deadline = time.monotonic() + _VERIFY_LIMIT
        while True:
            await diagnose(store)
            remaining = [
                finding
                for finding in store.state.doctor or ()
                if (finding.code, finding.node) in keys or finding.code in TRANSIENT_CODES
            ]
            if not remaining or time.monotonic() > deadline or store.stop_request.requested:
                return
            await asyncio.sleep(_VERIFY_INTERVAL)


async def follow(store: StateStore) -> None:
    """Paints a rollout that another corotui does on this directory, until it ends; at once over when there is none."""
    run = _run_elsewhere(store)
    if run is None:
        return
    names = [node.name for node in store.state.cluster.nodes]
    shown = progress.begin(ProgressKind.ROLLOUT, run.title, STEPS, names)
    after = 0
    while run is not None:
        with Journal(store.directory) as journal:
            for entry in journal.entries(run.id, after):
                after = entry.id
                shown = progress.advance(
                    shown,
                    StepChanged(
                        step=entry.step, state=entry.state, node=entry.node or None, detail=entry.detail, at=entry.at
                    ),
                )
        store.update(progress=progress.mark_external(shown))
        await asyncio.sleep(_POLL_INTERVAL)
        run = _run_elsewhere(store)
    store.update(progress=progress.end(progress.mark_external(shown)), interrupted=interrupted_rollout(store.directory))


def _run_elsewhere(store: StateStore) -> RunRecord | None:
    """The run that another process holds the lock for, None when there is none."""
    with Journal(store.directory) as journal:
        run = journal.last_run()
    if run is None or run.state is not RunState.RUNNING:
        return None
    try:
        with store.directory.lock():
            return None
    except LockedError:
        return run
