"""All steps from the first to the ring in one run, as `corotui apply` does them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from corotui.cluster.finding import Finding, Severity
from corotui.errors import RefusedError, UsageError, WorkError, raise_all
from corotui.rollout import Consent, Outcome, Plan, RolloutStatus
from corotui.workflow.findings import corosync_missing
from corotui.workflow.next_action import fixable_errors, remedy_commands
from corotui.workflow.state import Step, WorkflowState
from corotui.workflow.workflow import Workflow


@dataclass(frozen=True, slots=True)
class RunPreview:
    """What `run` will do."""

    sentences: tuple[str, ...]
    """What will be done, in its order."""
    commands: tuple[tuple[str, str], ...]
    """(node, command) of the fixes and installations, as far as they are known before."""
    proposed_conf: bytes | None
    """The corosync.conf that is proposed, None where the directory has one."""
    plan: Plan | None
    """What the rollout will change, None where it was not planned."""

    @property
    def empty(self) -> bool:
        """Whether nothing at all is to be done."""
        return not self.sentences


STOPPED_MESSAGE = "Stopped before anything was rolled out."


async def preview(workflow: Workflow) -> RunPreview:
    """Connects, gathers facts, and returns what `run` would do. Changes nothing.

    Every node has to answer. Raises the error of the node that does not, or an ExceptionGroup of several.
    """
    require_nodes(workflow)
    await workflow.connect()
    raise_errors(workflow)
    await workflow.discover()
    raise_errors(workflow)
    proposed_conf = workflow.propose_conf() if workflow.state.conf is None else None
    await workflow.plan()
    raise_errors(workflow)
    return build_preview(workflow.state, proposed_conf)


def build_preview(state: WorkflowState, proposed_conf: bytes | None) -> RunPreview:
    """Returns the preview for the findings and the plan of a state. Pure."""
    sentences: list[str] = []
    fixable = fixable_errors(state)
    for finding in fixable:
        remedy = next(remedy for remedy in finding.remedies if remedy.commands)
        sentences.append(f"{finding.what} Fix: {remedy.title}.")
    if proposed_conf is not None:
        sentences.append("A corosync.conf is proposed; `apply` writes it into the directory.")
    if state.plan is not None and not state.plan.is_empty:
        sentences += state.plan.summary
    return RunPreview(
        tuple(sentences), remedy_commands((*fixable, *corosync_missing(state))), proposed_conf, state.plan
    )


async def run(workflow: Workflow, run_preview: RunPreview, consents: frozenset[Consent] = frozenset()) -> Outcome:
    """Fixes, installs and rolls out what the preview showed, and returns what came of the rollout.

    Raises RefusedError before anything is changed, and the error of a step that failed. An interruption is an Outcome.
    """
    state = workflow.state
    _refuse_unfixable_errors(state)
    _refuse_without_consent(run_preview.plan, consents)
    workflow.choose_key(state.key_choice.with_consents(consents, run_preview.plan))
    if fixable_errors(state):
        await workflow.fix(fixable_errors(state))
        if workflow.stop_requested():
            return Outcome(RolloutStatus.INTERRUPTED, STOPPED_MESSAGE)
        raise_errors(workflow)
        _refuse_unfixable_errors(workflow.state)
        remaining = fixable_errors(workflow.state)
        if remaining:
            raise WorkError(
                f"The fix did not help: {remaining[0].what}",
                node=remaining[0].node,
                changed="",
                next_step="`corotui check` shows what remains.",
            )
    if workflow.state.nodes_without_corosync:
        await workflow.install()
        if workflow.stop_requested():
            return Outcome(RolloutStatus.INTERRUPTED, STOPPED_MESSAGE)
        raise_errors(workflow)
    if workflow.stop_requested():
        return Outcome(RolloutStatus.INTERRUPTED, STOPPED_MESSAGE)
    if workflow.state.conf is None:
        workflow.save_conf(workflow.propose_conf())
    await workflow.apply(consents)
    if workflow.failures:
        raise_errors(workflow)
    return outcome_of(workflow)


def outcome_of(workflow: Workflow) -> Outcome:
    """Returns what came of the last rollout, recovery or restore; raises why it failed."""
    if workflow.outcome is None:
        raise_errors(workflow)
        raise WorkError("The rollout ended without an outcome.", next_step="`corotui doctor` looks for the cause.")
    return workflow.outcome


def require_nodes(workflow: Workflow) -> None:
    """Raises UsageError for a cluster without nodes."""
    if not workflow.state.cluster.nodes:
        raise UsageError(
            "cluster.toml names no node.",
            changed="",
            next_step="Add a [[node]] with name and host, or open the console.",
        )


def raise_errors(workflow: Workflow) -> None:
    """Raises why the last operation failed, and the errors of nodes that do not answer."""
    named = {error.node for error in workflow.failures}
    unreached = [error for name, error in workflow.unreached_nodes.items() if name not in named]
    raise_all([*workflow.failures, *unreached])


def raise_failures(workflow: Workflow) -> None:
    """Raises why the last operation failed, if it did. A node that did not answer is no failure."""
    raise_all(workflow.failures)


def _refuse_unfixable_errors(state: WorkflowState) -> None:
    """Raises RefusedError for errors of the prerequisites that corotui cannot fix itself."""
    errors = [
        finding
        for finding in state.findings_of(Step.PREREQUISITES)
        if finding.severity is Severity.ERROR and not any(remedy.commands for remedy in finding.remedies)
    ]
    if errors:
        first = errors[0]
        raise RefusedError(
            _joined_text(errors), node=first.node, next_step=_manual_remedy(first) or "`corotui check` shows more."
        )


def _joined_text(findings: Sequence[Finding]) -> str:
    return " ".join(dict.fromkeys(finding.what for finding in findings))


def _manual_remedy(finding: Finding) -> str:
    return next((remedy.manual for remedy in finding.remedies if remedy.manual), "")


def _refuse_without_consent(plan: Plan | None, consents: frozenset[Consent]) -> None:
    """Raises the plan's refusals before anything is fixed or installed, so that a node it protects stays untouched."""
    for refusal in plan.refusals if plan is not None else ():
        if refusal.consent not in consents:
            raise RefusedError(refusal.what, node=refusal.node, next_step=refusal.next_step)
