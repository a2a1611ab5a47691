"""The rollout: all nodes or none. Stage, test, commit, start, and the ring's own word for it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from corotui.cluster.events import EventSink, ignore_event
from corotui.directory import Directory
from corotui.errors import RefusedError
from corotui.rollout.execute.confirm import problems_by_node, wait_for_ring
from corotui.rollout.execute.run import RolloutRun
from corotui.rollout.execute.transaction import run_transaction
from corotui.rollout.history import plan_codec
from corotui.rollout.history.generations import GenerationStore
from corotui.rollout.history.journal import Journal
from corotui.rollout.model import Consent, Outcome, Plan, RolloutStatus
from corotui.ssh.cancellation import StopRequest, run_to_safe_point
from corotui.ssh.fanout import Shells


async def apply(
    plan: Plan,
    shells: Shells,
    directory: Directory,
    report: EventSink = ignore_event,
    *,
    consents: Collection[Consent] = (),
    stop: StopRequest | None = None,
    title: str = "",
) -> Outcome:
    """Carries a plan out. `allow`: what the operator consented to.

    Raises RefusedError (nothing was changed: a refusal without consent, or corosync itself refuses the candidate),
    LockedError, and what failed before the commit or was undone after it (CorotuiError; ExceptionGroup of several).
    What stays changed is an Outcome. When the calling task is cancelled, the work first goes to its next safe point.
    """
    raise_if_refused(plan, consents)
    stop = stop or StopRequest()
    with directory.lock(), Journal(directory) as journal:
        cut_off = journal.unfinished_run()
        if cut_off is not None:
            raise RefusedError(
                f"An earlier rollout ({cut_off.title}) did not come to its end.",
                next_step="`corotui recover` finishes or undoes it.",
            )
        if all(node.is_noop for node in plan.nodes):
            return await _confirm_unchanged(plan, shells, report, stop)
        generations = GenerationStore(directory, journal)
        title = title or f"Rollout to {len(plan.nodes)} nodes"
        if plan.current_conf is not None and hashlib.sha256(plan.current_conf).hexdigest() not in generations.digests():
            generations.add(plan.current_conf, "as found on the nodes")
        number, new = generations.add(plan.conf, title)
        run = journal.begin(title, plan_codec.to_json(plan, generation=number, new_generation=new))
        work = RolloutRun(plan, shells, journal, run, report, stop, number, new)
        return await run_to_safe_point(run_transaction(work, generations), stop.request)


async def _confirm_unchanged(plan: Plan, shells: Shells, report: EventSink, stop: StopRequest) -> Outcome:
    """Nothing changes; a ring that is not whole gets the time it may need to form, for it may have begun just now."""
    seen = await wait_for_ring(plan, shells, report, stop)
    if seen.healthy:
        return Outcome(RolloutStatus.NOTHING, "Nothing to change.", ring=seen)
    return Outcome(
        RolloutStatus.NOTHING,
        "Nothing to change on the nodes, and the ring is not as it should be.",
        ring=seen,
        problems=problems_by_node(seen, [node.name for node in plan.nodes]),
        next_step="`corotui doctor` looks for the cause.",
    )


def raise_if_refused(plan: Plan, consents: Collection[Consent] = ()) -> None:
    """Raises RefusedError for what stands against the plan and was not consented to."""
    left = [refusal for refusal in plan.refusals if refusal.consent is None or refusal.consent not in consents]
    if left:
        first = left[0]
        others = "".join(f" {r.node + ': ' if r.node else ''}{r.what}" for r in left[1:])
        raise RefusedError(first.what + others, node=first.node, next_step=first.next_step)
    missing = [node.name for node in plan.nodes if node.needs_install]
    if missing:
        raise RefusedError(f"corosync is not on {', '.join(missing)}.", next_step="Install it first.")
