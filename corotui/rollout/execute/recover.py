"""A rollout that was cut off (the process killed, the machine gone) is finished or undone, as the nodes stand now."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from corotui.cluster.events import EventSink, ignore_event
from corotui.conf.constants import CONF_PATH
from corotui.directory import Directory
from corotui.errors import CorotuiError, FileError, LockedError
from corotui.rollout.execute import rollback
from corotui.rollout.execute.run import COMMIT, RolloutRun, changed_paths
from corotui.rollout.execute.transaction import leave_open_on_error, run_from_commit
from corotui.rollout.history import plan_codec
from corotui.rollout.history.generations import GenerationStore
from corotui.rollout.history.journal import Journal, RunRecord, RunState
from corotui.rollout.model import NodePlan, Outcome, Plan, RolloutStatus
from corotui.rollout.node.snapshot import NodeSnapshot
from corotui.rollout.plan.make import take_snapshots
from corotui.ssh import file_scripts
from corotui.ssh.cancellation import StopRequest, run_to_safe_point
from corotui.ssh.fanout import NodeResults, Shells


class RecoveryAction(StrEnum):
    UNSTAGE = "unstage"  # nothing was in place yet
    FINISH = "finish"
    UNDO = "undo"


async def recover(
    shells: Shells,
    directory: Directory,
    report: EventSink = ignore_event,
    *,
    force_undo: bool = False,
    stop: StopRequest | None = None,
) -> Outcome:
    """Finishes the rollout that was cut off, or undoes it: when it had not come to its commit, when a node lost what
    was staged there, or when told so by `back`. Every node has to answer.

    Raises as `rollout.apply` does.
    """
    with directory.lock(), Journal(directory) as journal:
        run = journal.unfinished_run()
        if run is None:
            return Outcome(RolloutStatus.NOTHING, "No rollout was cut off.")
        generations = GenerationStore(directory, journal)
        work = _load_run(run, shells, journal, generations, report, stop or StopRequest())
        sights = await take_snapshots(
            work.shells.for_nodes(node.name for node in work.plan.nodes),
            key_path=work.plan.key_path,
        )
        way = choose_recovery(
            work.plan,
            work.key_sha256_after,
            sights,
            committing=journal.step_began(run.id, COMMIT),
            force_undo=force_undo,
        )
        journal.resume(run.id)
        work.note(_MESSAGES[way].format(title=run.title))
        if way is RecoveryAction.FINISH:
            return await run_to_safe_point(_finish(work, generations), work.stop.request)
        return await run_to_safe_point(_undo(work, generations, way), work.stop.request)


def choose_recovery(
    plan: Plan,
    key_sha256_after: str,
    snapshots: Mapping[str, NodeSnapshot],
    *,
    committing: bool,
    force_undo: bool = False,
) -> RecoveryAction:
    """What to do with a run that was cut off. Pure."""
    if not committing:
        return RecoveryAction.UNSTAGE
    if force_undo:
        return RecoveryAction.UNDO
    return (
        RecoveryAction.FINISH
        if all(_can_finish(node, plan, key_sha256_after, snapshots[node.name]) for node in plan.nodes)
        else RecoveryAction.UNDO
    )


def _can_finish(node: NodePlan, plan: Plan, key_after: str, sight: NodeSnapshot) -> bool:
    """Each file of the node is in place already, or lies staged beside it."""
    for path in changed_paths(node, plan.key_path):
        after = plan.conf_sha256 if path == CONF_PATH else key_after
        if after not in (sight.sha256_of(path), sight.sha256_of(path + file_scripts.STAGED_SUFFIX)):
            return False
    return True


_MESSAGES = {
    RecoveryAction.UNSTAGE: "{title} was cut off before its commit. What was staged is removed.",
    RecoveryAction.FINISH: "{title} was cut off after its commit began. It is finished now.",
    RecoveryAction.UNDO: "{title} is undone: files and daemons go back to what they were.",
}


async def _finish(run: RolloutRun, generations: GenerationStore) -> Outcome:
    with leave_open_on_error(run):
        return await run_from_commit(run, generations)


async def _undo(run: RolloutRun, generations: GenerationStore, way: RecoveryAction) -> Outcome:
    with leave_open_on_error(run):
        failures = NodeResults[str]()
        if way is RecoveryAction.UNSTAGE:
            await rollback.roll_back_staging(run, generations, failures)
            return Outcome(
                RolloutStatus.UNDONE, f"It had changed nothing: what was staged is removed. {rollback.UNCHANGED}"
            )
        left = await rollback.roll_back_commit(run, generations, failures, restore_services=True)
        for error in left.errors.values():
            error.next_step = "Mend that, then `corotui recover --undo` again."
        left.raise_any()
        return Outcome(RolloutStatus.UNDONE, rollback.AS_BEFORE)


def _load_run(
    run: RunRecord,
    shells: Shells,
    journal: Journal,
    generations: GenerationStore,
    report: EventSink,
    stop: StopRequest,
) -> RolloutRun:
    number = int(run.plan["generation"])
    try:
        conf = generations.read_conf(number)
    except CorotuiError:
        conf = b""  # undoing needs no candidate, and finishing finds it staged on the nodes
    plan = plan_codec.from_json(run.plan, conf)
    if conf and hashlib.sha256(conf).hexdigest() != plan.conf_sha256:
        raise FileError(str(generations.path(number)), "was changed after it was rolled out; put it back")
    return RolloutRun(
        replace(plan, conf=conf),
        shells,
        journal,
        run.id,
        report,
        stop,
        number,
        bool(run.plan["new_generation"]),
        str(run.plan["key_after"]),
    )


def interrupted_rollout(directory: Directory) -> str:
    """The title of a rollout that waits for `recover`, "" for none. One that runs just now is none."""
    with Journal(directory) as journal:
        run = journal.unfinished_run()
    if run is None:
        return ""
    if run.state is RunState.RUNNING:
        try:
            with directory.lock():
                pass
        except LockedError:
            return ""
    return run.title
