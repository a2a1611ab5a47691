"""Plan, rollout, recovery and restore."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from corotui import rollout
from corotui.errors import RefusedError
from corotui.rollout import Consent, Outcome, Plan, RecoveryMode, RolloutStatus
from corotui.rollout.execute.run import STEPS
from corotui.rollout.history.generations import GenerationStore
from corotui.rollout.history.journal import Journal
from corotui.rollout.model import NO_KEY_CHOICE
from corotui.workflow import progress
from corotui.workflow.operations import edit
from corotui.workflow.operations.context import OperationContext
from corotui.workflow.operations.discover import refresh_facts
from corotui.workflow.state import ProgressKind


async def plan(context: OperationContext) -> None:
    """Makes the plan: what a rollout of the directory's corosync.conf, else of the proposed one, would change."""
    async with context.activity.busy("comparing the nodes with the configuration"):
        await refresh_plan(context)


async def refresh_plan(context: OperationContext) -> Plan:
    """Makes the plan as part of another operation."""
    context.reload_files()
    if any(not node.live for node in context.state.nodes):
        await refresh_facts(context)
    conf = context.state.conf
    if conf is None:
        conf = context.state.proposed_conf or edit.propose_conf(context)
    with Journal(context.directory) as journal:
        known_digests = GenerationStore(context.directory, journal).digests()
    new_plan = await rollout.plan_rollout(
        await context.shells.open(),
        context.state.cluster,
        conf,
        context.state.facts,
        known_digests=known_digests,
        key_choice=context.state.key_choice,
    )
    context.store.update(plan=new_plan, interrupted=rollout.interrupted_rollout(context.directory))
    return new_plan


async def apply(context: OperationContext, consents: frozenset[Consent]) -> None:
    """Rolls the directory's corosync.conf out to all nodes.

    Raises RefusedError where there is none, or the plan holds a refusal that `consents` does not cover.
    """
    async with context.activity.busy("rolling out"):
        if context.state.conf is None:
            raise RefusedError("There is no corosync.conf yet.", next_step="Save the proposed one first.")
        context.store.update(key_choice=context.state.key_choice.with_consents(consents, context.state.plan))
        new_plan = await refresh_plan(context)
        async with _recorded(context, f"Rollout to {len(new_plan.nodes)} nodes") as record:
            shells, stop = await context.shells.open(), context.activity.stop_request
            report = context.store.report
            record(await rollout.apply(new_plan, shells, context.directory, report, consents=consents, stop=stop))


async def recover(context: OperationContext, *, undo: bool) -> None:
    """Finishes or undoes an interrupted rollout; with `undo` it is undone in any case."""
    async with context.activity.busy("finishing or undoing the interrupted rollout"):
        shells, stop = await context.shells.open(), context.activity.stop_request
        async with _recorded(context, "Recovery") as record:
            report = context.store.report
            mode = RecoveryMode.UNDO if undo else RecoveryMode.AUTO
            record(await rollout.recover(shells, context.directory, report, mode=mode, stop=stop))


async def preview_forget(context: OperationContext) -> rollout.ForgetPreview | None:
    """Returns what `forget` would leave on which node; None if no rollout was interrupted. Changes nothing."""
    preview: rollout.ForgetPreview | None = None
    async with context.activity.busy("asking the nodes what the interrupted rollout left"):
        preview = await rollout.preview_forget(await context.shells.open(), context.directory)
    return preview  # noqa: RET504 - `busy` may end the block early


async def forget(context: OperationContext, why: str) -> None:
    """Closes an interrupted rollout that can be neither finished nor undone. Nodes that do not answer are left out."""
    async with context.activity.busy("closing the interrupted rollout"):
        shells = await context.shells.open()
        async with _recorded(context, "Closing") as record:
            record(await rollout.forget(shells, context.directory, context.store.report, why=why))


async def restore(context: OperationContext, generation: int | None, consents: frozenset[Consent]) -> None:
    """Puts an earlier corosync.conf into the directory and rolls it out.

    Where the rollout leaves the nodes unchanged, the directory gets its file back as well.
    """
    async with context.activity.busy("going back to an earlier configuration"):
        with Journal(context.directory) as journal:
            generations = GenerationStore(context.directory, journal)
            before = context.directory.read_conf()
            number = generation if generation is not None else generations.number_before(before)
            conf = generations.read_conf(number)
        edit.save_conf(context, conf)
        try:
            new_plan = await refresh_plan(context)
            async with _recorded(context, f"Restore of generation {number}") as record:
                shells, stop = await context.shells.open(), context.activity.stop_request
                report = context.store.report
                record(await rollout.apply(new_plan, shells, context.directory, report, consents=consents, stop=stop))
        except BaseException:
            if context.directory.read_conf() == conf and before != conf and not _is_rolled_out(context, conf):
                edit.undo_conf(context)
            raise


def _is_rolled_out(context: OperationContext, conf: bytes) -> bool:
    """Whether the newest generation is this file, so that the nodes have it."""
    with Journal(context.directory) as journal:
        generations = GenerationStore(context.directory, journal).all()
    return bool(generations) and generations[-1].sha256 == hashlib.sha256(conf).hexdigest()


@asynccontextmanager
async def _recorded(context: OperationContext, title: str) -> AsyncIterator[Callable[[Outcome], None]]:
    """Shows the progress of a rollout while the block runs. The block passes the outcome to the yielded function.

    Afterwards facts and plan are made anew, unless nothing was to be changed.
    """
    store = context.store
    error = ""

    def record(outcome: Outcome) -> None:
        nonlocal error
        store.update(outcome=outcome)
        if outcome.status in (RolloutStatus.FAILED, RolloutStatus.INTERRUPTED):
            problems = "; ".join(f"{name}: {problem}" for name, problem in outcome.problems.items())
            error = " ".join(filter(None, (outcome.what, problems + "." if problems else "", outcome.next_step)))
        if outcome.ring is not None:
            store.update(ring=outcome.ring)
        if outcome.status in (RolloutStatus.NOTHING, RolloutStatus.FORGOTTEN):
            store.update(progress=None)
        if outcome.status is RolloutStatus.DONE:
            store.update(key_choice=NO_KEY_CHOICE)

    begun = progress.begin(ProgressKind.ROLLOUT, title, STEPS, context.node_names)
    store.update(progress=begun, outcome=None)
    try:
        yield record
    except BaseException as failure:
        error = str(failure) or type(failure).__name__
        raise
    finally:
        current = context.state.progress
        store.update(
            progress=None if current is None else progress.end(current, error),
            error=error,
            interrupted=rollout.interrupted_rollout(context.directory),
        )
    outcome = context.state.outcome
    if outcome is not None and outcome.status not in (RolloutStatus.NOTHING, RolloutStatus.FORGOTTEN):
        await refresh_facts(context)
        await refresh_plan(context)
