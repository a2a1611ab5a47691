"""Plan, rollout, recovery and going back, within a walk."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable

from corotui import rollout
from corotui.errors import Refused
from corotui.rollout import Consent, Outcome, Plan, Result
from corotui.rollout.generations import Generations
from corotui.rollout.journal import Journal
from corotui.rollout.work import STEPS
from corotui.walk import progress, writing
from corotui.walk.looking import gather
from corotui.walk.session import Session


async def plan(session: Session) -> None:
    """What a rollout of the directory's corosync.conf (else of the proposed one) would change: `picture.plan`."""
    async with session.busy("comparing the nodes with the configuration"):
        await make_plan(session)


async def make_plan(session: Session) -> Plan:
    """The same within other work."""
    session.reread()
    if any(not node.live for node in session.picture.nodes):
        await gather(session)
    conf = session.picture.conf
    if conf is None:
        conf = session.picture.proposed or writing.propose_conf(session)
    with Journal(session.directory) as journal:
        known = Generations(session.directory, journal).known()
    made = await rollout.plan(await session.shells(), session.picture.cluster, conf, session.facts(), known=known)
    session.plan = made
    session.paint(plan=made.to_json(), interrupted=rollout.interrupted(session.directory))
    return made


async def apply(session: Session, consents: frozenset[Consent]) -> None:
    async with session.busy("rolling out"):
        if session.picture.conf is None:
            raise Refused("There is no corosync.conf yet.", next_step="Save the proposed one first.")
        made = await make_plan(session)
        await _roll(
            session,
            f"Rollout to {len(made.nodes)} nodes",
            lambda: _apply(session, made, consents),
        )


async def _apply(session: Session, made: Plan, consents: frozenset[Consent]) -> Outcome:
    return await rollout.apply(
        made, await session.shells(), session.directory, session.report, allow=consents, stop=session.stop
    )


async def recover(session: Session, *, back: bool = False) -> None:
    async with session.busy("finishing or undoing what was cut off"):
        shells = await session.shells()
        await _roll(
            session,
            "Recovery",
            lambda: rollout.recover(shells, session.directory, session.report, back=back, stop=session.stop),
        )


async def restore(session: Session, generation: int | None, consents: frozenset[Consent]) -> None:
    """Puts an earlier corosync.conf into the directory and rolls it out; when the rollout changes nothing on the
    nodes, the directory's file comes back as well."""
    async with session.busy("going back to an earlier configuration"):
        with Journal(session.directory) as journal:
            generations = Generations(session.directory, journal)
            number = generation if generation is not None else generations.before(session.directory.conf())
            data = generations.conf(number)
        before = session.directory.conf()
        writing.save_conf(session, data)
        try:
            made = await make_plan(session)
            await _roll(session, f"Restore of generation {number}", lambda: _apply(session, made, consents))
        except BaseException:
            if session.directory.conf() == data and before != data and not _rolled_out(session, data):
                writing.undo_conf(session)
            raise


def _rolled_out(session: Session, data: bytes) -> bool:
    """Whether the newest generation is this file: then it lies on the nodes."""
    with Journal(session.directory) as journal:
        found = Generations(session.directory, journal).all()
    return bool(found) and found[-1].sha256 == hashlib.sha256(data).hexdigest()


async def _roll(session: Session, title: str, work: Callable[[], Awaitable[Outcome]]) -> None:
    names = [node.name for node in session.picture.cluster.nodes]
    session.outcome = None
    session.paint(progress=progress.begin(title, STEPS, names))
    error = ""
    try:
        outcome = await work()
        session.outcome = outcome
        if outcome.result in (Result.FAILED, Result.INTERRUPTED):
            missing = "; ".join(f"{name}: {words}" for name, words in outcome.missing.items())
            error = " ".join(filter(None, (outcome.what, missing + "." if missing else "", outcome.next_step)))
        if outcome.ring is not None:
            session.paint(ring=outcome.ring)
        if outcome.result is Result.NOTHING:
            session.paint(progress=None)
    except BaseException as failure:
        error = str(failure) or type(failure).__name__
        raise
    finally:
        current = session.picture.progress
        if current is not None:
            session.paint(progress=progress.end(current, error))
        session.paint(error=error, interrupted=rollout.interrupted(session.directory))
    if session.outcome is not None and session.outcome.result is not Result.NOTHING:
        await gather(session)
        await make_plan(session)
