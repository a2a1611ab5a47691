"""Keeping the ring of the picture fresh, asking the doctor, and looking on while another corotui works."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from corotui.cluster.events import StepChanged
from corotui.errors import LockedError
from corotui.ring import names_from_conf
from corotui.ring import watch as watch_ring
from corotui.ring.model import Ring
from corotui.rollout import interrupted_rollout
from corotui.rollout.execute.run import STEPS
from corotui.rollout.history.journal import Journal, RunRecord, RunState
from corotui.workflow import progress
from corotui.workflow.state import ProgressKind
from corotui.workflow.store import StateStore

_MAX_RING_EVENTS = 500  # changes of the ring that the picture keeps
_POLL_INTERVAL = 0.5  # seconds between looks into the journal


async def watch(store: StateStore) -> None:
    """Until it is cancelled."""
    expected = [node.name for node in store.state.cluster.nodes]
    if not expected:
        return
    names = names_from_conf(store.state.conf, store.state.cluster.nodes)
    changes = watch_ring(await store.get_connections(), expected=expected, names=names)
    async with aclosing(changes):
        async for change in changes:
            if isinstance(change, Ring):
                store.update(ring=change)
            else:
                store.update(ring_events=(*store.state.ring_events, change)[-_MAX_RING_EVENTS:])


async def diagnose(store: StateStore) -> None:
    """All nodes are asked; the doctor's findings, best first, are `picture.doctor`."""
    from corotui.doctor import examine as ask_doctor

    async with store.busy("asking the doctor"):
        shells = await store.open_shells()
        found = await ask_doctor(shells, cluster=store.state.cluster, conf=store.state.conf)
        store.update(doctor=tuple(found))


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
