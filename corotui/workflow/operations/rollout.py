"""Plan, rollout, recovery and going back, within a walk."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable

from corotui import rollout
from corotui.errors import RefusedError
from corotui.rollout import Consent, Outcome, Plan, RolloutStatus
from corotui.rollout.execute.run import STEPS
from corotui.rollout.history.generations import GenerationStore
from corotui.rollout.history.journal import Journal
from corotui.workflow import progress
from corotui.workflow.operations import edit
from corotui.workflow.operations.discover import refresh_facts
from corotui.workflow.state import ProgressKind
from corotui.workflow.store import StateStore


async def plan(store: StateStore) -> None:
    """What a rollout of the directory's corosync.conf (else of the proposed one) would change: `picture.plan`."""
    async with store.busy("comparing the nodes with the configuration"):
        await refresh_plan(store)


async def refresh_plan(store: StateStore) -> Plan:
    """The same within other work."""
    store.reload_files()
    if any(not node.live for node in store.state.nodes):
        await refresh_facts(store)
    conf = store.state.conf
    if conf is None:
        conf = store.state.proposed_conf or edit.propose_conf(store)
    with Journal(store.directory) as journal:
        known = GenerationStore(store.directory, journal).digests()
    new_plan = await rollout.plan_rollout(
        await store.open_shells(), store.state.cluster, conf, store.state.facts, known_digests=known
    )
    store.update(plan=new_plan, interrupted=rollout.interrupted_rollout(store.directory))
    return new_plan


async def apply(store: StateStore, consents: frozenset[Consent]) -> None:
    async with store.busy("rolling out"):
        if store.state.conf is None:
            raise RefusedError("There is no corosync.conf yet.", next_step="Save the proposed one first.")
        new_plan = await refresh_plan(store)
        await _run_rollout(
            store,
            f"Rollout to {len(new_plan.nodes)} nodes",
            lambda: _apply_plan(store, new_plan, consents),
        )


async def _apply_plan(store: StateStore, new_plan: Plan, consents: frozenset[Consent]) -> Outcome:
    return await rollout.apply(
        new_plan, await store.open_shells(), store.directory, store.report, consents=consents, stop=store.stop_request
    )


async def recover(store: StateStore, *, undo: bool = False) -> None:
    async with store.busy("finishing or undoing what was cut off"):
        shells = await store.open_shells()
        await _run_rollout(
            store,
            "Recovery",
            lambda: rollout.recover(shells, store.directory, store.report, force_undo=undo, stop=store.stop_request),
        )


async def restore(store: StateStore, generation: int | None, consents: frozenset[Consent]) -> None:
    """Puts an earlier corosync.conf into the directory and rolls it out; when the rollout changes nothing on the
    nodes, the directory's file comes back as well."""
    async with store.busy("going back to an earlier configuration"):
        with Journal(store.directory) as journal:
            generations = GenerationStore(store.directory, journal)
            number = generation if generation is not None else generations.number_before(store.directory.read_conf())
            data = generations.read_conf(number)
        before = store.directory.read_conf()
        edit.save_conf(store, data)
        try:
            new_plan = await refresh_plan(store)
            await _run_rollout(store, f"Restore of generation {number}", lambda: _apply_plan(store, new_plan, consents))
        except BaseException:
            if store.directory.read_conf() == data and before != data and not _is_rolled_out(store, data):
                edit.undo_conf(store)
            raise


def _is_rolled_out(store: StateStore, conf: bytes) -> bool:
    """Whether the newest generation is this file: then it lies on the nodes."""
    with Journal(store.directory) as journal:
        generations = GenerationStore(store.directory, journal).all()
    return bool(generations) and generations[-1].sha256 == hashlib.sha256(conf).hexdigest()


async def _run_rollout(store: StateStore, title: str, operation: Callable[[], Awaitable[Outcome]]) -> None:
    names = [node.name for node in store.state.cluster.nodes]
    store.outcome = None
    store.update(progress=progress.begin(ProgressKind.ROLLOUT, title, STEPS, names))
    error = ""
    try:
        outcome = await operation()
        store.outcome = outcome
        if outcome.status in (RolloutStatus.FAILED, RolloutStatus.INTERRUPTED):
            missing = "; ".join(f"{name}: {words}" for name, words in outcome.problems.items())
            error = " ".join(filter(None, (outcome.what, missing + "." if missing else "", outcome.next_step)))
        if outcome.ring is not None:
            store.update(ring=outcome.ring)
        if outcome.status is RolloutStatus.NOTHING:
            store.update(progress=None)
    except BaseException as failure:
        error = str(failure) or type(failure).__name__
        raise
    finally:
        current = store.state.progress
        if current is not None:
            store.update(progress=progress.end(current, error))
        store.update(error=error, interrupted=rollout.interrupted_rollout(store.directory))
    if store.outcome is not None and store.outcome.status is not RolloutStatus.NOTHING:
        await refresh_facts(store)
        await refresh_plan(store)
