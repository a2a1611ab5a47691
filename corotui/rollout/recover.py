"""A rollout that was cut off (the process killed, the machine gone) is finished or undone, as the nodes stand now."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from corotui.cluster.events import Report, silent
from corotui.directory import Directory
from corotui.errors import CorotuiError, FileError, Locked, NodeUnreachable
from corotui.rollout import files, saved, undo
from corotui.rollout.apply import to_safe_point
from corotui.rollout.failures import Failures
from corotui.rollout.generations import Generations
from corotui.rollout.journal import Journal, Run, RunState
from corotui.rollout.model import CONF_PATH, NodePlan, Outcome, Plan, Result
from corotui.rollout.plan import look
from corotui.rollout.sight import Sight
from corotui.rollout.stop import Stop
from corotui.rollout.transaction import from_commit, open_if_cut
from corotui.rollout.work import COMMIT, Work, targets
from corotui.ssh.shell import Shell


class Way(StrEnum):
    UNSTAGE = "unstage"  # nothing was in place yet
    FINISH = "finish"
    UNDO = "undo"


async def recover(
    shells: Mapping[str, Shell | CorotuiError],
    directory: Directory,
    report: Report = silent,
    *,
    back: bool = False,
    stop: Stop | None = None,
) -> Outcome:
    """Finishes the rollout that was cut off, or undoes it: when it had not come to its commit, when a node lost what
    was staged there, or when told so by `back`. Every node has to answer.

    Raises as `rollout.apply` does.
    """
    with directory.lock(), Journal(directory) as journal:
        run = journal.unfinished()
        if run is None:
            return Outcome(Result.NOTHING, "No rollout was cut off.")
        generations = Generations(directory, journal)
        work = _work(run, shells, journal, generations, report, stop or Stop())
        sights = await look(
            {node.name: shells.get(node.name) or _no_connection(node.name) for node in work.plan.nodes},
            key_path=work.plan.key_path,
        )
        way = choose(work.plan, work.key_after, sights, committing=journal.reached(run.id, COMMIT), back=back)
        journal.resume(run.id)
        work.note(_WORDS[way].format(title=run.title))
        if way is Way.FINISH:
            return await to_safe_point(work, lambda: _finish(work, generations))
        return await to_safe_point(work, lambda: _undo(work, generations, way))


def choose(plan: Plan, key_after: str, sights: Mapping[str, Sight], *, committing: bool, back: bool = False) -> Way:
    """What to do with a run that was cut off. Pure."""
    if not committing:
        return Way.UNSTAGE
    if back:
        return Way.UNDO
    return Way.FINISH if all(_ready(node, plan, key_after, sights[node.name]) for node in plan.nodes) else Way.UNDO


def _ready(node: NodePlan, plan: Plan, key_after: str, sight: Sight) -> bool:
    """Each file of the node is in place already, or lies staged beside it."""
    for path in targets(node, plan.key_path):
        after = plan.conf_sha256 if path == CONF_PATH else key_after
        if after not in (sight.sum(path), sight.sum(path + files.NEW)):
            return False
    return True


_WORDS = {
    Way.UNSTAGE: "{title} was cut off before its commit. What was staged is removed.",
    Way.FINISH: "{title} was cut off after its commit began. It is finished now.",
    Way.UNDO: "{title} is undone: files and daemons go back to what they were.",
}


def _no_connection(node: str) -> CorotuiError:
    return NodeUnreachable("There is no connection.", node=node, stage="connect")


async def _finish(work: Work, generations: Generations) -> Outcome:
    with open_if_cut(work):
        return await from_commit(work, generations)


async def _undo(work: Work, generations: Generations, way: Way) -> Outcome:
    with open_if_cut(work):
        failures = Failures()
        if way is Way.UNSTAGE:
            await undo.before_commit(work, generations, failures)
            return Outcome(Result.UNDONE, f"It had changed nothing: what was staged is removed. {undo.UNCHANGED}")
        left = await undo.after_commit(work, generations, failures, daemons=True)
        for error in left.by_node.values():
            error.next_step = "Mend that, then `corotui recover --undo` again."
        left.raise_any()
        return Outcome(Result.UNDONE, undo.AS_BEFORE)


def _work(
    run: Run,
    shells: Mapping[str, Shell | CorotuiError],
    journal: Journal,
    generations: Generations,
    report: Report,
    stop: Stop,
) -> Work:
    number = int(run.plan["generation"])
    try:
        conf = generations.conf(number)
    except CorotuiError:
        conf = b""  # undoing needs no candidate, and finishing finds it staged on the nodes
    plan = saved.from_json(run.plan, conf)
    if conf and hashlib.sha256(conf).hexdigest() != plan.conf_sha256:
        raise FileError(str(generations.path(number)), "was changed after it was rolled out; put it back")
    return Work(
        replace(plan, conf=conf),
        shells,
        journal,
        run.id,
        report,
        stop,
        number,
        bool(run.plan["new_generation"]),
        str(run.plan["key_after"]),
    )


def interrupted(directory: Directory) -> str:
    """The title of a rollout that waits for `recover`, "" for none. One that runs just now is none."""
    with Journal(directory) as journal:
        run = journal.unfinished()
    if run is None:
        return ""
    if run.state is RunState.RUNNING:
        try:
            with directory.lock():
                pass
        except Locked:
            return ""
    return run.title
