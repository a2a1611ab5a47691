"""The steps of a rollout in their order, and what happens if one of them fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from corotui.ring.model import Ring
from corotui.rollout.execute import rollback
from corotui.rollout.execute.commit import commit, remove_previous_keys
from corotui.rollout.execute.config_test import run_config_test
from corotui.rollout.execute.confirm import confirm_ring, problems_by_node
from corotui.rollout.execute.rollback import RollbackScope
from corotui.rollout.execute.run import RolloutRun, read_sums
from corotui.rollout.execute.stage import stage
from corotui.rollout.execute.start import start_daemons
from corotui.rollout.execute.verify import check_rolled_out, raise_if_changed
from corotui.rollout.history import plan_codec
from corotui.rollout.history.generations import GenerationStore
from corotui.rollout.history.journal import RunState
from corotui.rollout.model import NodePlan, ServiceAction, StartOrder
from corotui.rollout.node import service
from corotui.rollout.outcome import Outcome, RolloutStatus
from corotui.ssh.fanout import NodeResults, on_each
from corotui.ssh.shell import Shell


async def run_transaction(run: RolloutRun, generations: GenerationStore) -> Outcome:
    """Runs all steps: stage, test, commit, start, ring.

    Raises the error that ended it if nothing stays changed; an Outcome describes everything else.
    """
    with leave_open_on_error(run):
        results = await stage(run)
        if not results.failed and not run.stop.requested:
            save_recovery_data(run)
            results = await run_config_test(run)
        if not results.failed and not run.stop.requested:
            results = await run.run_on_nodes_quietly(run.plan.nodes, partial(_check_before_commit, run))
        if results.failed or run.stop.requested:
            await rollback.roll_back_staging(run, generations, results)
            return Outcome(RolloutStatus.INTERRUPTED, f"Stopped before the commit. {rollback.UNCHANGED}")
        return await run_from_commit(run, generations)


async def run_from_commit(run: RolloutRun, generations: GenerationStore) -> Outcome:
    """Runs commit, start and ring. Also finishes a run that was interrupted there: each of them can be repeated."""
    results = await commit(run)
    if results.failed:
        await rollback.roll_back_commit(run, generations, results, RollbackScope.FILES)
        results.raise_all()
    results = await start_daemons(run)
    if results.failed:
        return await _start_failed(run, generations, results)
    if run.stop.requested and run.plan.order is StartOrder.ROLLING:
        run.journal.end(run.run_id, RunState.OPEN)
        return Outcome(
            RolloutStatus.INTERRUPTED,
            "Stopped between two nodes. The new file is on all of them; not all of them run on it yet.",
            generation=run.generation,
            next_step="`corotui recover` goes on, `corotui recover --undo` goes back.",
        )
    return await _end(run, await confirm_ring(run))


async def _check_before_commit(run: RolloutRun, node: NodePlan, shell: Shell) -> str:
    """Raises RefusedError if a file of a node is not the one that the plan was made from: the last look before."""
    raise_if_changed(run.plan, node, await read_sums(run.plan, shell))
    return ""


def save_recovery_data(run: RolloutRun) -> None:
    """Journals what staging found out and `recover` needs: the sha256 of the key after the commit."""
    saved = plan_codec.to_json(
        run.plan,
        generation=run.generation,
        new_generation=run.new_generation,
        key_after=run.key_sha256_after,
        file_id=run.file_id,
    )
    run.journal.update_plan(run.run_id, saved)


@contextmanager
def leave_open_on_error(run: RolloutRun) -> Iterator[None]:
    """Marks the run as open for `recover` if an exception leaves the block, and raises it again."""
    try:
        yield
    except BaseException:
        if run.journal.run_state(run.run_id) is RunState.RUNNING:
            run.journal.end(run.run_id, RunState.OPEN)
        raise


async def _start_failed(run: RolloutRun, generations: GenerationStore, results: NodeResults[str]) -> Outcome:
    """Rolls back if no node runs on the new files in a ring that counts on it; else leaves the run open."""
    errors = results.errors
    logs = await _failure_logs(run, errors)
    for name, lines in logs.items():
        if lines:
            errors[name].what = f"{errors[name].what}. Its log: {' | '.join(lines)}"
    no_ring_before = not any(node.was_in_ring for node in run.plan.nodes)
    reload_failed = any(run.plan.node(name).service_action is ServiceAction.RELOAD for name in errors)
    # If the first node of a rolling restart fails, the others still run as before.
    first_rolling_failed = any(node.name in errors for node in run.plan.rolling_nodes[:1])
    if no_ring_before or reload_failed or first_rolling_failed:
        await rollback.roll_back_commit(run, generations, results, RollbackScope.FILES_AND_DAEMONS)
        results.raise_all()
    run.journal.end(run.run_id, RunState.OPEN)
    return Outcome(
        RolloutStatus.FAILED,
        f"corosync did not start on {', '.join(errors)}. The new file is on all nodes.",
        problems={name: error.what for name, error in errors.items()},
        recent_logs=logs,
        generation=run.generation,
        next_step="`corotui recover` tries again, `corotui recover --undo` goes back to the earlier files.",
    )


async def _end(run: RolloutRun, ring: Ring) -> Outcome:
    """Ends the run by what the ring is now."""
    names = [node.name for node in run.plan.nodes]
    differing = (await check_rolled_out(run)).errors if ring.healthy else {}
    if differing:
        run.journal.end(run.run_id, RunState.FAILED)
        return Outcome(
            RolloutStatus.FAILED,
            f"One quorate ring, and not all nodes can be shown to have the files: {', '.join(differing)}.",
            ring=ring,
            problems={name: error.what for name, error in differing.items()},
            generation=run.generation,
            next_step="`corotui plan` shows how the nodes differ; `corotui apply` makes them the same.",
        )
    if ring.healthy:
        await remove_previous_keys(run)
        run.journal.end(run.run_id, RunState.DONE)
        what = f"One ring of {len(names)} nodes, quorate." if len(names) > 1 else "A ring of one node, quorate."
        return Outcome(RolloutStatus.DONE, what, ring=ring, generation=run.generation)
    run.journal.end(run.run_id, RunState.FAILED)
    if run.stop.requested:
        return Outcome(
            RolloutStatus.INTERRUPTED,
            "Stopped while the ring formed. Files and daemons are in place on all nodes.",
            ring=ring,
            generation=run.generation,
            next_step="`corotui status` shows the ring.",
        )
    problems = problems_by_node(ring, names)
    is_one_ring = ring.quorate and len(ring.members) == len(names)
    return Outcome(
        RolloutStatus.FAILED,
        "One quorate ring, and not all of it is well."
        if is_one_ring
        else f"No ring of all {len(names)} nodes formed within {run.plan.ring_limit:g} s.",
        ring=ring,
        problems=problems,
        recent_logs=await _failure_logs(run, problems),
        generation=run.generation,
        next_step="`corotui doctor` looks for the cause; `corotui restore` goes back to the earlier configuration.",
    )


async def _failure_logs(run: RolloutRun, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Asks those of the nodes that are connected why corosync failed there: the lines of their logs that say so."""
    connected = run.shells.ok

    async def read(name: str) -> tuple[str, ...]:
        return await service.failure_log(run.plan.node(name), connected[name], run.seconds_since_start(name))

    return dict((await on_each([name for name in names if name in connected], read)).ok)
