"""Finishes or undoes a rollout that was interrupted: its process was killed, or it ended between two safe points."""

from __future__ import annotations

from corotui.cluster.events import EventSink, ignore_event
from corotui.directory import Directory
from corotui.errors import RefusedError
from corotui.rollout.execute import rollback
from corotui.rollout.execute.rollback import RollbackScope
from corotui.rollout.execute.run import COMMIT, RolloutRun
from corotui.rollout.execute.stage import unstage
from corotui.rollout.execute.transaction import leave_open_on_error, run_from_commit
from corotui.rollout.history.generations import GenerationStore
from corotui.rollout.history.journal import Journal
from corotui.rollout.node.snapshot import take_snapshots
from corotui.rollout.outcome import Outcome, RolloutStatus
from corotui.rollout.recovery.choice import RecoveryAction, RecoveryMode, choose_recovery, describe_files
from corotui.rollout.recovery.interrupted import load_run, read_rolled_out
from corotui.ssh.cancellation import StopRequest, run_to_safe_point
from corotui.ssh.fanout import NodeResults, Shells
from corotui.ssh.lock.cluster_lock import lock_nodes


async def recover(
    shells: Shells,
    directory: Directory,
    report: EventSink = ignore_event,
    *,
    mode: RecoveryMode = RecoveryMode.AUTO,
    stop: StopRequest | None = None,
) -> Outcome:
    """Finishes or undoes the interrupted rollout of this directory. Every node has to answer.

    Files that somebody else wrote since are never touched: if none of this rollout's are left, its journal is closed;
    else RefusedError says what is where. Raises as `rollout.apply` does.
    """
    stop = stop or StopRequest()
    with directory.lock("recovery", report) as held, Journal(directory) as journal:
        record = journal.unfinished_run()
        if record is None:
            return Outcome(RolloutStatus.NOTHING, "No rollout was interrupted.")
        generations = GenerationStore(directory, journal)
        names = [str(node["name"]) for node in record.plan["nodes"]]
        shells = shells.for_nodes(names)
        async with lock_nodes(shells, held.holder, held.show_step) as lock:
            run = load_run(record, read_rolled_out(record, generations), shells, journal, lock)
            run.report, run.stop = report, stop
            action = await _choose(run, mode)
            journal.resume(record.id)
            run.note(_MESSAGES[action].format(title=record.title))
            work = _finish(run, generations) if action is RecoveryAction.FINISH else _undo(run, generations, action)
            return await run_to_safe_point(work, stop.request)


async def _choose(run: RolloutRun, mode: RecoveryMode) -> RecoveryAction:
    """Asks all nodes for their files and decides. Raises RefusedError if the nodes hold files of several changes."""
    key_after = run.key_sha256_after
    snapshots = await take_snapshots(run.shells, key_path=run.plan.key_path, file_id=run.file_id)
    commit_began = run.commit_began = run.journal.step_began(run.run_id, COMMIT)
    action = choose_recovery(run.plan, key_after, snapshots, commit_began=commit_began, mode=mode)
    if action is RecoveryAction.REFUSE:
        found = "; ".join(
            f"{node.name}: {describe_files(node, run.plan, key_after, snapshots[node.name])}" for node in run.plan.nodes
        )
        raise RefusedError(
            f"Somebody else changed nodes since this rollout was interrupted, and not all of them ({found})",
            next_step="`corotui recover --forget` closes the journal and leaves all files as they are; then "
            "`corotui plan` shows how the nodes differ, and `corotui apply` makes them the same.",
        )
    return action


_MESSAGES = {
    RecoveryAction.UNSTAGE: "{title} was interrupted before its commit. The staged files are removed.",
    RecoveryAction.FINISH: "{title} was interrupted after its commit began. It is finished now.",
    RecoveryAction.UNDO: "{title} is undone: files and daemons go back to what they were.",
    RecoveryAction.CLOSE: "{title} was interrupted, and another change replaced its files since. That one stays.",
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
        if action is RecoveryAction.CLOSE:
            await unstage(run)
            run.journal.forget(run.run_id, run.lock.holder.operator, "another change replaced its files")
            return Outcome(
                RolloutStatus.FORGOTTEN,
                "None of its files is on a node any more: another change replaced them, and stays as it is. "
                f"The interrupted rollout is closed. {rollback.UNCHANGED}",
            )
        remaining = await rollback.roll_back_commit(run, generations, no_failures, RollbackScope.FILES_AND_DAEMONS)
        for error in remaining.errors.values():
            error.next_step = (
                "Fix that, then run `corotui recover --undo` again; if it cannot be, `corotui recover --forget`."
            )
        remaining.raise_all()
        return Outcome(RolloutStatus.UNDONE, rollback.AS_BEFORE)
