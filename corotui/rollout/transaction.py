"""The steps of a rollout in their order, and what happens when one of them fails."""

from __future__ import annotations

from corotui.errors import CorotuiError
from corotui.ring.model import Ring
from corotui.rollout import saved, service, undo
from corotui.rollout.commit import commit, forget_previous_keys
from corotui.rollout.confirm import confirm, missing
from corotui.rollout.failures import Failures
from corotui.rollout.generations import Generations
from corotui.rollout.journal import RunState
from corotui.rollout.model import Order, Outcome, Result, Start
from corotui.rollout.stage import stage
from corotui.rollout.start import start
from corotui.rollout.trial import trial
from corotui.rollout.work import Work


async def transact(work: Work, generations: Generations) -> Outcome:
    """Stage, test, commit, start, ring. Raises what failed when nothing stays changed; else the Outcome tells."""
    with open_if_cut(work):
        failures = await stage(work)
        if not failures and not work.stop.asked:
            remember(work)
            failures = await trial(work)
        if failures or work.stop.asked:
            await undo.before_commit(work, generations, failures)
            return Outcome(Result.INTERRUPTED, f"Stopped before the commit. {undo.UNCHANGED}")
        return await from_commit(work, generations)


async def from_commit(work: Work, generations: Generations) -> Outcome:
    """Commit, start, ring: also the way on for a run that was cut off there, for every part can be done again."""
    failures = await commit(work)
    if failures:
        await undo.after_commit(work, generations, failures, daemons=False)
        failures.raise_any()
    failures = await start(work)
    if failures:
        return await _start_failed(work, generations, failures)
    if work.stop.asked and work.plan.order is Order.ROLLING:
        work.journal.end(work.run, RunState.OPEN)
        return Outcome(
            Result.INTERRUPTED,
            "Stopped between two nodes. The new file is on all of them; not all of them run on it yet.",
            generation=work.generation,
            next_step="`corotui recover` goes on, `corotui recover --undo` goes back.",
        )
    return await _end(work, await confirm(work))


def remember(work: Work) -> None:
    """Keeps in the journal what undoing needs to know and staging found out."""
    kept = saved.to_json(
        work.plan, generation=work.generation, new_generation=work.new_generation, key_after=work.key_after
    )
    work.journal.remember(work.run, kept)


class open_if_cut:  # noqa: N801 - a context manager, read as a verb
    """An error that none of the steps foresaw leaves the run open: what was reached stands in the journal."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is not None and self._work.journal.state(self._work.run) is RunState.RUNNING:
            self._work.journal.end(self._work.run, RunState.OPEN)


async def _start_failed(work: Work, generations: Generations, failures: Failures) -> Outcome:
    said = {}
    for name in undo.answering(work, failures):
        said[name] = await service.said(work.plan.node(name), work.shell(name))
        if said[name]:
            error = failures.by_node[name]
            error.what = f"{error.what}. Its log: {' | '.join(said[name][-4:])}"
    nobody_relies = not any(node.was_ring for node in work.plan.nodes)
    reloading = any(work.plan.node(name).start is Start.RELOAD for name in failures.by_node)
    if nobody_relies or reloading or _first_turn(work) in failures.by_node:
        await undo.after_commit(work, generations, failures, daemons=True)
        failures.raise_any()
    work.journal.end(work.run, RunState.OPEN)
    return Outcome(
        Result.FAILED,
        f"corosync did not start on {', '.join(failures.by_node)}. The new file is on all nodes.",
        missing=failures.words,
        said=said,
        generation=work.generation,
        next_step="`corotui recover` tries again, `corotui recover --undo` goes back to the files before.",
    )


def _first_turn(work: Work) -> str:
    """The first node of a rolling restart, "" in another order: when it fails, the rest still runs as before."""
    if work.plan.order is not Order.ROLLING:
        return ""
    return next((node.name for node in work.plan.nodes if node.was_ring and node.start is Start.RESTART), "")


async def _end(work: Work, seen: Ring) -> Outcome:
    names = [node.name for node in work.plan.nodes]
    if seen.healthy:
        await forget_previous_keys(work)
        work.journal.end(work.run, RunState.DONE)
        done = f"One ring of {len(names)} nodes, quorate." if len(names) > 1 else "A ring of one node, quorate."
        return Outcome(Result.DONE, done, ring=seen, generation=work.generation)
    work.journal.end(work.run, RunState.FAILED)
    if work.stop.asked:
        return Outcome(
            Result.INTERRUPTED,
            "Stopped while the ring formed. Files and daemons are in place on all nodes.",
            ring=seen,
            generation=work.generation,
            next_step="`corotui status` shows the ring.",
        )
    lacking = missing(seen, names)
    said: dict[str, tuple[str, ...]] = {}
    for name in lacking:
        shell = work.shells.get(name)
        if shell is not None and not isinstance(shell, CorotuiError):
            said[name] = await service.said(work.plan.node(name), shell)
    one_ring = seen.quorate and len(seen.members) == len(names)
    return Outcome(
        Result.FAILED,
        "One quorate ring, and not all of it is well."
        if one_ring
        else f"No ring of all {len(names)} nodes formed within {work.plan.ring_limit:g} s.",
        ring=seen,
        missing=lacking,
        said=said,
        generation=work.generation,
        next_step="`corotui doctor` looks for the cause; `corotui restore` goes back to the configuration before.",
    )
