"""Undoes a rollout: removes what was staged, or puts files and daemons back to what they were."""

from __future__ import annotations

from enum import StrEnum

from corotui.rollout.execute.commit import restore_files
from corotui.rollout.execute.run import RolloutRun
from corotui.rollout.execute.stage import unstage
from corotui.rollout.execute.start import restore_daemons
from corotui.rollout.history.generations import GenerationStore
from corotui.rollout.history.journal import RunState
from corotui.ssh.fanout import NodeResults

UNCHANGED = "No node was changed."
AS_BEFORE = "All nodes are as they were before."


class RollbackScope(StrEnum):
    """What a rollback after the commit puts back."""

    FILES = "files"
    """No daemon was touched yet."""
    FILES_AND_DAEMONS = "files and daemons"


async def roll_back_staging(run: RolloutRun, generations: GenerationStore, failures: NodeResults[str]) -> None:
    """Removes the staged files, ends the run, and raises the errors in `failures`, if any."""
    await unstage(run)
    end_run(run, generations, RunState.UNDONE)
    for error in failures.errors.values():
        error.changed = UNCHANGED
    failures.raise_all()


async def roll_back_commit(
    run: RolloutRun, generations: GenerationStore, failures: NodeResults[str], scope: RollbackScope
) -> NodeResults[str]:
    """Rolls back all nodes, and completes the errors in `failures` with what is changed now.

    Returns the errors of nodes that could not be rolled back; the run then stays open for `recover`.
    """
    remaining = await restore_files(run)
    if scope is RollbackScope.FILES_AND_DAEMONS:
        remaining = NodeResults({**(await restore_daemons(run)).errors, **remaining.errors})
    end_run(run, generations, RunState.OPEN if remaining.failed else RunState.UNDONE)
    for error in failures.errors.values():
        error.changed = _describe_remaining(remaining) if remaining.failed else AS_BEFORE
        if remaining.failed:
            error.next_step = "`corotui recover --undo` tries again once all nodes answer."
    return remaining


def end_run(run: RolloutRun, generations: GenerationStore, state: RunState) -> None:
    """Ends the run in the journal. If it was undone, its generation is removed."""
    run.journal.end(run.run_id, state)
    if state is RunState.UNDONE and run.new_generation:
        generations.remove(run.generation)


def _describe_remaining(remaining: NodeResults[str]) -> str:
    nodes = "; ".join(f"{name} ({error.what})" for name, error in remaining.errors.items())
    return f"The other nodes are as they were before; not brought back: {nodes}."
