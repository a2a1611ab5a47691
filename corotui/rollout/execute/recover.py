"""Finishes or undoes a rollout that was interrupted: its process was killed, or it ended between two safe points."""

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
from corotui.rollout.execute.rollback import RollbackScope
from corotui.rollout.execute.run import COMMIT, RolloutRun, changed_paths
from corotui.rollout.execute.transaction import leave_open_on_error, run_from_commit
from corotui.rollout.history import plan_codec
from corotui.rollout.history.generations import GenerationStore
from corotui.rollout.history.journal import Journal, RunRecord, RunState
from corotui.rollout.model import NodePlan, Plan
from corotui.rollout.node.snapshot import NodeSnapshot, take_snapshots
from corotui.rollout.outcome import Outcome, RolloutStatus
from corotui.ssh import file_scripts
from corotui.ssh.cancellation import StopRequest, run_to_safe_point
from corotui.ssh.fanout import NodeResults, Shells


class RecoveryMode(StrEnum):
    """What the operator wants of an interrupted rollout."""

    AUTO = "auto"
    """Finish it, or undo it if it did not reach its commit or cannot be finished."""
    UNDO = "undo"


class RecoveryAction(StrEnum):
    """What happens to an interrupted rollout."""

    UNSTAGE = "unstage"
    """Only remove the staged files: nothing is in place yet."""
    FINISH = "finish"
    UNDO = "undo"


async def recover(
    shells: Shells,
    directory: Directory,
    report: EventSink = ignore_event,
    *,
    mode: RecoveryMode = RecoveryMode.AUTO,
    stop: StopRequest | None = None,
) -> Outcome:
    """Finishes or undoes the interrupted rollout of this directory. Every node has to answer.

    Raises as `rollout.apply` does.
    """
    with directory.lock(), Journal(directory) as journal:
        record = journal.unfinished_run()
        if record is None:
            return Outcome(RolloutStatus.NOTHING, "No rollout was interrupted.")
        generations = GenerationStore(directory, journal)
        run = _load_run(record, shells, journal, generations, report, stop or StopRequest())
        snapshots = await take_snapshots(
            run.shells.for_nodes(node.name for node in run.plan.nodes), key_path=run.plan.key_path
        )
        action = choose_recovery(
            run.plan,
            run.key_sha256_after,
            snapshots,
            commit_began=journal.step_began(record.id, COMMIT),
            mode=mode,
        )
        journal.resume(record.id)
        run.note(_MESSAGES[action].format(title=record.title))
        work = _finish(run, generations) if action is RecoveryAction.FINISH else _undo(run, generations, action)
        return await run_to_safe_point(work, run.stop.request)


def choose_recovery(
    plan: Plan,
    key_sha256_after: str,
    snapshots: Mapping[str, NodeSnapshot],
    *,
    commit_began: bool,
    mode: RecoveryMode = RecoveryMode.AUTO,
) -> RecoveryAction:
    """Decides what to do with an interrupted rollout. Pure.

    `key_sha256_after`: sha256 that the key file has after the commit. `snapshots`: how every node is now.
    """
    if not commit_began:
        return RecoveryAction.UNSTAGE
    if mode is RecoveryMode.UNDO:
        return RecoveryAction.UNDO
    can_finish = all(_can_finish(node, plan, key_sha256_after, snapshots[node.name]) for node in plan.nodes)
    return RecoveryAction.FINISH if can_finish else RecoveryAction.UNDO


def _can_finish(node: NodePlan, plan: Plan, key_sha256_after: str, snapshot: NodeSnapshot) -> bool:
    """Whether each file of the node is in place already, or is staged beside it."""
    for path in changed_paths(node, plan.key_path):
        expected = plan.conf_sha256 if path == CONF_PATH else key_sha256_after
        if expected not in (snapshot.sha256_of(path), snapshot.sha256_of(path + file_scripts.STAGED_SUFFIX)):
            return False
    return True


_MESSAGES = {
    RecoveryAction.UNSTAGE: "{title} was interrupted before its commit. The staged files are removed.",
    RecoveryAction.FINISH: "{title} was interrupted after its commit began. It is finished now.",
    RecoveryAction.UNDO: "{title} is undone: files and daemons go back to what they were.",
}


async def _finish(run: RolloutRun, generations: GenerationStore) -> Outcome:
    with leave_open_on_error(run):
        return await run_from_commit(run, generations)


async def _undo(run: RolloutRun, generations: GenerationStore, action: RecoveryAction) -> Outcome:
    with leave_open_on_error(run):
        no_failures = NodeResults[str]()
        if action is RecoveryAction.UNSTAGE:
            await rollback.roll_back_staging(run, generations, no_failures)
            return Outcome(
                RolloutStatus.UNDONE, f"It had changed nothing: the staged files are removed. {rollback.UNCHANGED}"
            )
        remaining = await rollback.roll_back_commit(run, generations, no_failures, RollbackScope.FILES_AND_DAEMONS)
        for error in remaining.errors.values():
            error.next_step = "Fix that, then run `corotui recover --undo` again."
        remaining.raise_all()
        return Outcome(RolloutStatus.UNDONE, rollback.AS_BEFORE)


def _load_run(
    record: RunRecord,
    shells: Shells,
    journal: Journal,
    generations: GenerationStore,
    report: EventSink,
    stop: StopRequest,
) -> RolloutRun:
    """Returns the run that a record describes. Raises FileError if its configuration was changed since."""
    number = int(record.plan["generation"])
    try:
        conf = generations.read_conf(number)
    except CorotuiError:
        conf = b""  # undoing needs no configuration, and finishing finds it staged on the nodes
    plan = plan_codec.from_json(record.plan, conf)
    if conf and hashlib.sha256(conf).hexdigest() != plan.conf_sha256:
        raise FileError(str(generations.path(number)), "was changed after it was rolled out; put it back")
    return RolloutRun(
        replace(plan, conf=conf),
        shells,
        journal,
        record.id,
        report,
        stop,
        number,
        bool(record.plan["new_generation"]),
        str(record.plan["key_after"]),
    )


def interrupted_rollout(directory: Directory) -> str:
    """Returns the title of a rollout that waits for `recover`, "" if there is none. One that runs now is none."""
    with Journal(directory) as journal:
        record = journal.unfinished_run()
    if record is None:
        return ""
    if record.state is RunState.RUNNING:
        try:
            with directory.lock():
                pass
        except LockedError:
            return ""
    return record.title
