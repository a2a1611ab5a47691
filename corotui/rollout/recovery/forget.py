"""Closes an interrupted rollout that can be neither finished nor undone, and says what it leaves on which node."""

from __future__ import annotations

from dataclasses import dataclass

from corotui.cluster.events import EventSink, ignore_event
from corotui.directory import Directory
from corotui.rollout.execute.stage import unstage
from corotui.rollout.history import plan_codec
from corotui.rollout.history.journal import Journal, RunRecord
from corotui.rollout.model import Plan
from corotui.rollout.node.snapshot import take_snapshot
from corotui.rollout.outcome import Outcome, RolloutStatus
from corotui.rollout.recovery.choice import describe_files, staged_files
from corotui.rollout.recovery.interrupted import load_run
from corotui.ssh.cancellation import run_to_safe_point
from corotui.ssh.fanout import Shells, on_each
from corotui.ssh.lock.cluster_lock import lock_nodes


@dataclass(frozen=True, slots=True)
class ForgetPreview:
    """What closing an interrupted rollout leaves behind."""

    title: str
    """The rollout, for people."""
    left: tuple[tuple[str, str], ...]
    """(node, what is there), each node of the rollout."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """The same for people, a sentence each."""
        return tuple(f"{node}: {what}." for node, what in self.left)


async def preview_forget(shells: Shells, directory: Directory) -> ForgetPreview | None:
    """Returns what `forget` would leave on which node; None if no rollout was interrupted. Changes nothing.

    A node that does not answer is part of it.
    """
    with Journal(directory) as journal:
        record = journal.unfinished_run()
    return None if record is None else await _preview(shells, record)


async def _preview(shells: Shells, record: RunRecord) -> ForgetPreview:
    plan = plan_codec.from_json(record.plan, b"")
    file_id, key_after = str(record.plan.get("file_id", "")), str(record.plan["key_after"])

    async def describe(name: str) -> str:
        node, shell = plan.node(name), shells.shell(name)
        snapshot = await take_snapshot(shell, key_path=plan.key_path, file_id=file_id)
        words = describe_files(node, plan, key_after, snapshot)
        staged = staged_files(node, plan, file_id, snapshot)
        return f"{words}; {', '.join(staged)} will be removed" if staged else words

    results = await on_each(_names(plan), describe)
    unknown = {
        name: f"it does not answer ({error.what}), so what is there is not known"
        for name, error in results.errors.items()
    }
    return ForgetPreview(record.title, tuple((name, (results.ok | unknown)[name]) for name in _names(plan)))


async def forget(shells: Shells, directory: Directory, report: EventSink = ignore_event, *, why: str = "") -> Outcome:
    """Closes the interrupted rollout of this directory as forgotten: the journal keeps who, when, why and what is left.

    Nodes that answer lose its staged files; all other files and all daemons stay as they are. Raises LockedError if
    another corotui works on this directory or on one of those nodes.
    """
    with directory.lock("forgetting", report) as held, Journal(directory) as journal:
        record = journal.unfinished_run()
        if record is None:
            return Outcome(RolloutStatus.NOTHING, "No rollout was interrupted.")
        names = _names(plan_codec.from_json(record.plan, b""))
        shells = shells.for_nodes(names)
        answering = shells.for_nodes(shells.ok)
        async with lock_nodes(answering, held.holder, held.show_step) as lock:
            found = await _preview(shells, record)
            run = load_run(record, b"", shells, journal, lock)
            run.report = report
            await run_to_safe_point(unstage(run))
        journal.forget(record.id, held.holder.operator, why, found.left)
    return Outcome(
        RolloutStatus.FORGOTTEN,
        f"{record.title} is closed as forgotten. Its staged files are removed where a node answers; nothing else was "
        "changed.",
        problems=dict(found.left),
        next_step="`corotui plan` shows how the nodes differ from the directory; `corotui apply` makes them the same.",
    )


def _names(plan: Plan) -> tuple[str, ...]:
    return tuple(node.name for node in plan.nodes)
