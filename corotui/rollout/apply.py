"""The rollout: all nodes or none. Stage, test, commit, start, and the ring's own word for it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Collection, Coroutine, Mapping

from corotui.cluster.events import Report, silent
from corotui.directory import Directory
from corotui.errors import CorotuiError, Refused
from corotui.rollout import saved
from corotui.rollout.confirm import missing, wait
from corotui.rollout.generations import Generations
from corotui.rollout.journal import Journal
from corotui.rollout.model import Consent, Outcome, Plan, Result
from corotui.rollout.stop import Stop
from corotui.rollout.transaction import transact
from corotui.rollout.work import Work
from corotui.ssh.shell import Shell


async def apply(
    plan: Plan,
    shells: Mapping[str, Shell | CorotuiError],
    directory: Directory,
    report: Report = silent,
    *,
    allow: Collection[Consent] = (),
    stop: Stop | None = None,
    title: str = "",
) -> Outcome:
    """Carries a plan out. `allow`: what the operator consented to.

    Raises Refused (nothing was changed: a refusal without consent, or corosync itself refuses the candidate), Locked,
    and what failed before the commit or was undone after it (CorotuiError; ExceptionGroup of several). What stays
    changed is an Outcome. When the calling task is cancelled, the work first goes to its next safe point.
    """
    refuse(plan, allow)
    stop = stop or Stop()
    with directory.lock(), Journal(directory) as journal:
        cut_off = journal.unfinished()
        if cut_off is not None:
            raise Refused(
                f"An earlier rollout ({cut_off.title}) did not come to its end.",
                next_step="`corotui recover` finishes or undoes it.",
            )
        if all(node.idle for node in plan.nodes):
            return await _nothing(plan, shells, report, stop)
        generations = Generations(directory, journal)
        title = title or f"Rollout to {len(plan.nodes)} nodes"
        if plan.before is not None and hashlib.sha256(plan.before).hexdigest() not in generations.known():
            generations.keep(plan.before, "as found on the nodes")
        number, new = generations.keep(plan.conf, title)
        run = journal.begin(title, saved.to_json(plan, generation=number, new_generation=new))
        work = Work(plan, shells, journal, run, report, stop, number, new)
        return await to_safe_point(work, lambda: transact(work, generations))


async def _nothing(plan: Plan, shells: Mapping[str, Shell | CorotuiError], report: Report, stop: Stop) -> Outcome:
    """Nothing changes; a ring that is not whole gets the time it may need to form, for it may have begun just now."""
    seen = await wait(plan, shells, report, stop)
    if seen.healthy:
        return Outcome(Result.NOTHING, "Nothing to change.", ring=seen)
    return Outcome(
        Result.NOTHING,
        "Nothing to change on the nodes, and the ring is not as it should be.",
        ring=seen,
        missing=missing(seen, [node.name for node in plan.nodes]),
        next_step="`corotui doctor` looks for the cause.",
    )


def refuse(plan: Plan, allow: Collection[Consent] = ()) -> None:
    """Raises Refused for what stands against the plan and was not consented to."""
    left = [refusal for refusal in plan.refusals if refusal.consent is None or refusal.consent not in allow]
    if left:
        first = left[0]
        others = "".join(f" {r.node + ': ' if r.node else ''}{r.what}" for r in left[1:])
        raise Refused(first.what + others, node=first.node, next_step=first.next_step)
    missing = [node.name for node in plan.nodes if node.install]
    if missing:
        raise Refused(f"corosync is not on {', '.join(missing)}.", next_step="Install it first.")


async def to_safe_point(work: Work, transaction: Callable[[], Coroutine[None, None, Outcome]]) -> Outcome:
    """Runs the transaction so that a cancellation becomes the wish to stop: half of it is never left behind."""
    task = asyncio.create_task(transaction())
    cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.done():
                break
            cancelled = True
            work.stop.ask()
        except Exception:  # noqa: S112 - whatever it is, the task holds it and it is raised below
            continue
    if cancelled:
        raise asyncio.CancelledError from (None if task.cancelled() else task.exception())
    return task.result()
