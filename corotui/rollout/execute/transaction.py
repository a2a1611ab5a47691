"""The steps of a rollout in their order, and what happens when one of them fails."""

from __future__ import annotations

from corotui.ring.model import Ring
from corotui.rollout.execute import rollback
from corotui.rollout.execute.commit import commit, remove_previous_keys
from corotui.rollout.execute.config_test import run_config_test
from corotui.rollout.execute.confirm import confirm_ring, problems_by_node
from corotui.rollout.execute.run import RolloutRun
from corotui.rollout.execute.stage import stage
from corotui.rollout.execute.start import start_daemons
from corotui.rollout.history import plan_codec
from corotui.rollout.history.generations import GenerationStore
from corotui.rollout.history.journal import RunState
from corotui.rollout.model import Outcome, RolloutStatus, ServiceAction, StartOrder
from corotui.rollout.node import service
from corotui.ssh.fanout import NodeResults


async def run_transaction(run: RolloutRun, generations: GenerationStore) -> Outcome:
    """Stage, test, commit, start, ring. Raises what failed when nothing stays changed; else the Outcome tells."""
    with leave_open_on_error(run):
        failures = await stage(run)
        if not failures.failed and not run.stop.requested:
            save_recovery_data(run)
            failures = await run_config_test(run)
        if failures.failed or run.stop.requested:
            await rollback.roll_back_staging(run, generations, failures)
            return Outcome(RolloutStatus.INTERRUPTED, f"Stopped before the commit. {rollback.UNCHANGED}")
        return await run_from_commit(run, generations)


async def run_from_commit(run: RolloutRun, generations: GenerationStore) -> Outcome:
    """Commit, start, ring: also the way on for a run that was cut off there, for every part can be done again."""
    failures = await commit(run)
    if failures.failed:
        await rollback.roll_back_commit(run, generations, failures, restore_services=False)
        failures.raise_any()
    failures = await start_daemons(run)
    if failures.failed:
        return await _start_failed(run, generations, failures)
    if run.stop.requested and run.plan.order is StartOrder.ROLLING:
        run.journal.end(run.run_id, RunState.OPEN)
        return Outcome(
            RolloutStatus.INTERRUPTED,
            "Stopped between two nodes. The new file is on all of them; not all of them run on it yet.",
            generation=run.generation,
            next_step="`corotui recover` goes on, `corotui recover --undo` goes back.",
        )
    return await _end(run, await confirm_ring(run))


def save_recovery_data(run: RolloutRun) -> None:
    """Keeps in the journal what undoing needs to know and staging found out."""
    kept = plan_codec.to_json(
        run.plan, generation=run.generation, new_generation=run.new_generation, key_after=run.key_sha256_after
    )
    run.journal.update_plan(run.run_id, kept)


class leave_open_on_error:  # noqa: N801 - a context manager, read as a verb
    """An error that none of the steps foresaw leaves the run open: what was reached stands in the journal."""

    def __init__(self, run: RolloutRun) -> None:
        self._work = run

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is not None and self._work.journal.run_state(self._work.run_id) is RunState.RUNNING:
            self._work.journal.end(self._work.run_id, RunState.OPEN)


async def _start_failed(run: RolloutRun, generations: GenerationStore, failures: NodeResults[str]) -> Outcome:
    said = {}
    for name in rollback.connected_nodes(run, failures):
        said[name] = await service.recent_log(run.plan.node(name), run.shell(name))
        if said[name]:
            error = failures.errors[name]
            error.what = f"{error.what}. Its log: {' | '.join(said[name][-4:])}"
    nobody_relies = not any(node.was_in_ring for node in run.plan.nodes)
    reloading = any(run.plan.node(name).service_action is ServiceAction.RELOAD for name in failures.errors)
    if nobody_relies or reloading or _first_rolling_node(run) in failures.errors:
        await rollback.roll_back_commit(run, generations, failures, restore_services=True)
        failures.raise_any()
    run.journal.end(run.run_id, RunState.OPEN)
    return Outcome(
        RolloutStatus.FAILED,
        f"corosync did not start on {', '.join(failures.errors)}. The new file is on all nodes.",
        problems={name: error.what for name, error in failures.errors.items()},
        recent_logs=said,
        generation=run.generation,
        next_step="`corotui recover` tries again, `corotui recover --undo` goes back to the files before.",
    )


def _first_rolling_node(run: RolloutRun) -> str:
    """The first node of a rolling restart, "" in another order: when it fails, the rest still runs as before."""
    if run.plan.order is not StartOrder.ROLLING:
        return ""
    return next(
        (node.name for node in run.plan.nodes if node.was_in_ring and node.service_action is ServiceAction.RESTART), ""
    )


async def _end(run: RolloutRun, ring: Ring) -> Outcome:
    names = [node.name for node in run.plan.nodes]
    if ring.healthy:
        await remove_previous_keys(run)
        run.journal.end(run.run_id, RunState.DONE)
        done = f"One ring of {len(names)} nodes, quorate." if len(names) > 1 else "A ring of one node, quorate."
        return Outcome(RolloutStatus.DONE, done, ring=ring, generation=run.generation)
    run.journal.end(run.run_id, RunState.FAILED)
    if run.stop.requested:
        return Outcome(
            RolloutStatus.INTERRUPTED,
            "Stopped while the ring formed. Files and daemons are in place on all nodes.",
            ring=ring,
            generation=run.generation,
            next_step="`corotui status` shows the ring.",
        )
    lacking = problems_by_node(ring, names)
    said: dict[str, tuple[str, ...]] = {}
    connected = run.shells.ok
    for name in lacking:
        if name in connected:
            said[name] = await service.recent_log(run.plan.node(name), connected[name])
    one_ring = ring.quorate and len(ring.members) == len(names)
    return Outcome(
        RolloutStatus.FAILED,
        "One quorate ring, and not all of it is well."
        if one_ring
        else f"No ring of all {len(names)} nodes formed within {run.plan.ring_limit:g} s.",
        ring=ring,
        problems=lacking,
        recent_logs=said,
        generation=run.generation,
        next_step="`corotui doctor` looks for the cause; `corotui restore` goes back to the configuration before.",
    )
