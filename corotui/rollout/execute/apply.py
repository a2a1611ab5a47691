"""Carries out a plan on all nodes or none: stage, test, commit, start, then wait for the ring."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection

from corotui.cluster.events import EventSink, ignore_event
from corotui.directory import Directory
from corotui.errors import RefusedError
from corotui.rollout.execute.confirm import problems_by_node, wait_for_ring
from corotui.rollout.execute.run import RolloutRun
from corotui.rollout.execute.transaction import run_transaction
from corotui.rollout.execute.verify import check_unchanged
from corotui.rollout.history import plan_codec
from corotui.rollout.history.generations import GenerationStore
from corotui.rollout.history.journal import Journal
from corotui.rollout.model import Consent, Plan
from corotui.rollout.outcome import Outcome, RolloutStatus
from corotui.ssh.cancellation import StopRequest, run_to_safe_point
from corotui.ssh.fanout import Shells
from corotui.ssh.lock.cluster_lock import lock_nodes


async def apply(
    plan: Plan,
    shells: Shells,
    directory: Directory,
    report: EventSink = ignore_event,
    *,
    consents: Collection[Consent] = (),
    stop: StopRequest | None = None,
) -> Outcome:
    """Carries out a plan. If the calling task is cancelled, the work goes on to its next safe point first.

    Raises RefusedError if nothing was changed: a refusal without consent, or corosync refuses the new configuration.
    Raises LockedError if another corotui works on this directory. Raises the CorotuiError that ended the rollout before
    the commit, or after it if the change was undone; an ExceptionGroup of several. A change that stays is an Outcome.
    """
    raise_if_refused(plan, consents)
    stop = stop or StopRequest()
    names = [node.name for node in plan.nodes]
    with directory.lock("rollout", report) as held, Journal(directory) as journal:
        interrupted = journal.unfinished_run()
        if interrupted is not None:
            raise RefusedError(
                f"An earlier rollout ({interrupted.title}) was interrupted.",
                next_step="`corotui recover` finishes or undoes it; `corotui recover --forget` if it does neither.",
            )
        async with lock_nodes(shells.for_nodes(names), held.holder, held.show_step) as lock:
            if all(node.is_noop for node in plan.nodes):
                (await check_unchanged(plan, shells)).raise_all()
                return await _confirm_unchanged(plan, shells, report, stop)
            generations = GenerationStore(directory, journal)
            title = f"Rollout to {len(plan.nodes)} nodes"
            current = plan.current_conf
            if current is not None and hashlib.sha256(current).hexdigest() not in generations.digests():
                generations.add(current, "as found on the nodes")
            number, is_new = generations.add(plan.conf, title)
            file_id = secrets.token_hex(4)
            saved = plan_codec.to_json(plan, generation=number, new_generation=is_new, file_id=file_id)
            run = RolloutRun(
                plan,
                shells,
                journal,
                journal.begin(title, saved),
                report,
                stop,
                generation=number,
                new_generation=is_new,
                file_id=file_id,
                lock=lock,
            )
            return await run_to_safe_point(run_transaction(run, generations), stop.request)


async def _confirm_unchanged(plan: Plan, shells: Shells, report: EventSink, stop: StopRequest) -> Outcome:
    """Waits for the ring although nothing changes: its daemons may have been started only just now."""
    ring = await wait_for_ring(plan, shells, report, stop)
    if ring.healthy:
        return Outcome(RolloutStatus.NOTHING, "Nothing to change.", ring=ring)
    return Outcome(
        RolloutStatus.NOTHING,
        "Nothing to change on the nodes, and the ring is not as it should be.",
        ring=ring,
        problems=problems_by_node(ring, [node.name for node in plan.nodes]),
        next_step="`corotui doctor` looks for the cause.",
    )


def raise_if_refused(plan: Plan, consents: Collection[Consent] = ()) -> None:
    """Raises RefusedError with all refusals that the operator did not consent to, or if corosync is missing."""
    refusals = [refusal for refusal in plan.refusals if refusal.consent is None or refusal.consent not in consents]
    if refusals:
        first, *others = refusals
        more = "".join(f" {refusal.sentence}" for refusal in others)
        raise RefusedError(first.what + more, node=first.node, next_step=first.next_step)
    missing = [node.name for node in plan.nodes if node.needs_install]
    if missing:
        raise RefusedError(f"corosync is not on {', '.join(missing)}.", next_step="Install it first.")
