"""Keeping the ring of the picture fresh, asking the doctor, and looking on while another corotui works."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from corotui.cluster.events import StepChanged
from corotui.errors import Locked
from corotui.ring import names_of
from corotui.ring import watch as watch_ring
from corotui.ring.model import Ring
from corotui.rollout import interrupted
from corotui.rollout.journal import Journal, Run, RunState
from corotui.rollout.work import STEPS
from corotui.walk import progress
from corotui.walk.session import Session

_EVENTS = 500  # changes of the ring that the picture keeps
_TICK = 0.5  # seconds between looks into the journal


async def watch(session: Session) -> None:
    """Until it is cancelled."""
    expected = [node.name for node in session.picture.cluster.nodes]
    if not expected:
        return
    names = names_of(session.picture.conf, session.picture.cluster.nodes)
    words = watch_ring(await session.connections(), expected=expected, names=names)
    async with aclosing(words):
        async for word in words:
            if isinstance(word, Ring):
                session.paint(ring=word)
            else:
                session.paint(ring_events=(*session.picture.ring_events, word)[-_EVENTS:])


async def examine(session: Session) -> None:
    """All nodes are asked; the doctor's findings, best first, are `picture.doctor`."""
    from corotui.doctor import examine as ask_doctor

    async with session.busy("asking the doctor"):
        shells = await session.shells()
        found = await ask_doctor(shells, cluster=session.picture.cluster, conf=session.picture.conf)
        session.paint(doctor=tuple(found))


async def follow(session: Session) -> None:
    """Paints a rollout that another corotui does on this directory, until it ends; at once over when there is none."""
    run = _running(session)
    if run is None:
        return
    names = [node.name for node in session.picture.cluster.nodes]
    shown = progress.begin(run.title, STEPS, names)
    after = 0
    while run is not None:
        with Journal(session.directory) as journal:
            for entry in journal.entries(run.id, after):
                after = entry.id
                shown = progress.advance(
                    shown,
                    StepChanged(
                        step=entry.step, state=entry.state, node=entry.node or None, detail=entry.detail, at=entry.at
                    ),
                )
        session.paint(progress=progress.elsewhere(shown))
        await asyncio.sleep(_TICK)
        run = _running(session)
    session.paint(progress=progress.end(progress.elsewhere(shown)), interrupted=interrupted(session.directory))


def _running(session: Session) -> Run | None:
    """The run that another process holds the lock for, None when there is none."""
    with Journal(session.directory) as journal:
        run = journal.last()
    if run is None or run.state is not RunState.RUNNING:
        return None
    try:
        with session.directory.lock():
            return None
    except Locked:
        return run
