"""The walk from its first step to the ring, without anybody at the keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from corotui.cluster.finding import Finding, Severity
from corotui.errors import CorotuiError, NodeUnreachable, Refused, UsageError, WorkFailed
from corotui.rollout import Consent, Outcome, Result
from corotui.walk.action import mendable, plan_words, remedy_commands, without_corosync
from corotui.walk.findings import MISSING
from corotui.walk.model import Picture, Step
from corotui.walk.walk import Walk


@dataclass(frozen=True, slots=True)
class Intent:
    """What will be done, before it is done: sentences, and the commands as far as they are known. `conf`: what is
    proposed for corosync.conf where there is none, None where the directory has one or none can be proposed yet."""

    words: tuple[str, ...]
    commands: tuple[tuple[str, str], ...]
    conf: bytes | None
    plan: dict[str, object] | None

    @property
    def empty(self) -> bool:
        """Nothing at all is to be done."""
        return not self.words


STOPPED = "Stopped before anything was rolled out."


async def survey(walk: Walk) -> Intent:
    """Connects, looks, and says what `run` would do. Every node has to answer; changes nothing.

    Raises the error of each node that does not (several: an ExceptionGroup).
    """
    if not walk.picture.cluster.nodes:
        raise UsageError(
            "cluster.toml names no node.",
            changed="",
            next_step="Add a [[node]] with name and host, or open the console.",
        )
    await walk.connect()
    raise_errors(walk)
    await walk.look()
    raise_errors(walk)
    picture = walk.picture
    proposed = None
    if picture.conf is None:
        proposed = walk.propose_conf()
    await walk.plan()
    raise_errors(walk)
    return intent(walk.picture, proposed)


def intent(picture: Picture, proposed: bytes | None) -> Intent:
    """What the picture's findings and plan come to. Pure."""
    words: list[str] = []
    todo = mendable(picture)
    for finding in todo:
        remedy = next(remedy for remedy in finding.remedies if remedy.commands)
        words.append(f"{finding.what} Mend: {remedy.title}.")
    installs = tuple(f for f in picture.found.get(Step.INSTALL, ()) if f.code == MISSING)
    if proposed is not None:
        words.append("A corosync.conf is proposed; `apply` writes it into the directory.")
    plan = dict(picture.plan) if picture.plan is not None else None
    if plan is not None and not plan.get("empty"):
        words += [line for line in plan_words(plan).splitlines() if line]
    return Intent(tuple(words), remedy_commands((*todo, *installs)), proposed, plan)


async def run(walk: Walk, intended: Intent, consents: frozenset[Consent] = frozenset()) -> Outcome:
    """Does what `survey` said, to the ring. Raises what stands in the way; what stays changed is an Outcome."""
    picture = walk.picture
    _blocked(picture)
    _refused(intended.plan, consents)
    if mendable(picture):
        await walk.mend(mendable(picture))
        if walk.stopped():
            return Outcome(Result.INTERRUPTED, STOPPED)
        raise_errors(walk)
        _blocked(walk.picture)
        left = mendable(walk.picture)
        if left:
            raise WorkFailed(
                f"Still not mended: {left[0].what}", node=left[0].node, changed="", next_step="`corotui check` tells."
            )
    if without_corosync(walk.picture):
        await walk.install()
        if walk.stopped():
            return Outcome(Result.INTERRUPTED, STOPPED)
        raise_errors(walk)
    if walk.stopped():
        return Outcome(Result.INTERRUPTED, STOPPED)
    if walk.picture.conf is None:
        walk.save_conf(walk.propose_conf())
    await walk.apply(allow_running=Consent.RUNNING in consents, allow_pacemaker=Consent.PACEMAKER in consents)
    if walk.failures:
        raise_errors(walk)
    assert walk.outcome is not None
    return walk.outcome


def raise_errors(walk: Walk) -> None:
    """Raises why the last work failed, and the errors of nodes that do not answer."""
    errors: list[CorotuiError] = list(walk.failures)
    named = {error.node for error in errors}
    for node in walk.picture.nodes:
        error = walk.errors.get(node.name)
        if node.connection in ("failed", "lost") and node.name not in named:
            errors.append(error or NodeUnreachable(node.error or "It does not answer.", node=node.name, stage="run"))
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise ExceptionGroup("several nodes failed", errors)


def _blocked(picture: Picture) -> None:
    """Errors among the prerequisites that corotui cannot mend itself."""
    grave = [
        finding
        for finding in picture.found.get(Step.PREREQUISITES, ())
        if finding.severity is Severity.ERROR and not any(remedy.commands for remedy in finding.remedies)
    ]
    if grave:
        first = grave[0]
        raise Refused(_sentences(grave), node=first.node, next_step=_manual(first) or "`corotui check` tells more.")


def _sentences(findings: Sequence[Finding]) -> str:
    return " ".join(dict.fromkeys(finding.what for finding in findings))


def _manual(finding: Finding) -> str:
    return next((remedy.manual for remedy in finding.remedies if remedy.manual), "")


def _refused(plan: dict[str, object] | None, consents: frozenset[Consent]) -> None:
    """The plan's refusals before anything is mended or installed: a node that must not be touched is not touched."""
    refusals = plan.get("refusals") if plan is not None else None
    for refusal in refusals if isinstance(refusals, list) else ():
        consent = refusal.get("consent")
        if not consent or Consent(consent) not in consents:
            raise Refused(str(refusal["what"]), node=refusal.get("node"), next_step=str(refusal.get("next", "")))
