"""The ways back: nothing was in place yet, or files and daemons are brought back to what they were."""

from __future__ import annotations

from corotui.rollout.execute.commit import restore_files
from corotui.rollout.execute.run import RolloutRun
from corotui.rollout.execute.stage import unstage
from corotui.rollout.execute.start import restore_daemons
from corotui.rollout.history.generations import GenerationStore
from corotui.rollout.history.journal import RunState
from corotui.ssh.fanout import NodeResults

UNCHANGED = "No node was changed."
AS_BEFORE = "All nodes are as they were before."


async def roll_back_staging(run: RolloutRun, generations: GenerationStore, failures: NodeResults[str]) -> None:
    """Takes the staged files away, ends the run, and raises what failed, if anything."""
    await unstage(run)
    end_run(run, generations, RunState.UNDONE)
    for error in failures.errors.values():
        error.changed = UNCHANGED
    failures.raise_any()


async def roll_back_commit(
    run: RolloutRun, generations: GenerationStore, failures: NodeResults[str], *, restore_services: bool
) -> NodeResults[str]:
    """Puts the files back (and, with `daemons`, corosync on them) on all nodes, and says so in `failures`.

    Returns the nodes that could not be brought back; the run then stays open for `recover`.
    """
    left = await restore_files(run)
    if restore_services:
        left = NodeResults({**(await restore_daemons(run)).errors, **left.errors})
    end_run(run, generations, RunState.OPEN if left.failed else RunState.UNDONE)
    for error in failures.errors.values():
        error.changed = _describe_remaining(left) if left.failed else AS_BEFORE
        if left.failed:
            error.next_step = "`corotui recover --undo` tries again once all nodes answer."
    return left


def end_run(run: RolloutRun, generations: GenerationStore, state: RunState) -> None:
    """Ends the run in the journal; the generation of an undone run goes with it."""
    run.journal.end(run.run_id, state)
    if state is RunState.UNDONE and run.new_generation:
        generations.remove(run.generation)


def _describe_remaining(left: NodeResults[str]) -> str:
    words = "; ".join(f"{name} ({error.what})" for name, error in left.errors.items())
    return f"The other nodes are as they were before; not brought back: {words}."


def connected_nodes(run: RolloutRun, failures: NodeResults[str]) -> list[str]:
    """Nodes among those that failed to which there is a connection."""
    connected = run.shells.ok
    return [name for name in failures.errors if name in connected]
