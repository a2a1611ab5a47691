"""The ways back: nothing was in place yet, or files and daemons are brought back to what they were."""

from __future__ import annotations

from corotui.errors import CorotuiError
from corotui.rollout.commit import put_back
from corotui.rollout.failures import Failures
from corotui.rollout.generations import Generations
from corotui.rollout.journal import RunState
from corotui.rollout.stage import unstage
from corotui.rollout.start import stop_again
from corotui.rollout.work import Work

UNCHANGED = "No node was changed."
AS_BEFORE = "All nodes are as they were before."


async def before_commit(work: Work, generations: Generations, failures: Failures) -> None:
    """Takes the staged files away, ends the run, and raises what failed, if anything."""
    await unstage(work)
    close(work, generations, RunState.UNDONE)
    for error in failures.by_node.values():
        error.changed = UNCHANGED
    failures.raise_any()


async def after_commit(work: Work, generations: Generations, failures: Failures, *, daemons: bool) -> Failures:
    """Puts the files back (and, with `daemons`, corosync on them) on all nodes, and says so in `failures`.

    Returns the nodes that could not be brought back; the run then stays open for `recover`.
    """
    left = await put_back(work)
    if daemons:
        for name, error in (await stop_again(work)).by_node.items():
            left.by_node.setdefault(name, error)
    close(work, generations, RunState.OPEN if left else RunState.UNDONE)
    for error in failures.by_node.values():
        error.changed = AS_BEFORE if not left else _left(left)
        if left:
            error.next_step = "`corotui recover --undo` tries again once all nodes answer."
    return left


def close(work: Work, generations: Generations, state: RunState) -> None:
    """Ends the run in the journal; the generation of an undone run goes with it."""
    work.journal.end(work.run, state)
    if state is RunState.UNDONE and work.new_generation:
        generations.drop(work.generation)


def _left(left: Failures) -> str:
    words = "; ".join(f"{name} ({error.what})" for name, error in left.by_node.items())
    return f"The other nodes are as they were before; not brought back: {words}."


def answering(work: Work, failures: Failures) -> list[str]:
    """Nodes among those that failed to which there is a connection."""
    return [
        name
        for name in failures.by_node
        if work.shells.get(name) is not None and not isinstance(work.shells[name], CorotuiError)
    ]
