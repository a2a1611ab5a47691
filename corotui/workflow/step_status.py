"""Derives how far each step is from the other fields of the state. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from corotui.cluster.events import Connection
from corotui.cluster.finding import Finding, Severity
from corotui.cluster.phrasing import format_count
from corotui.workflow.state import Step, StepState, StepStatus, WorkflowState


def step_statuses(state: WorkflowState) -> tuple[StepStatus, ...]:
    """Returns the status of all steps in their order, without reading `state.steps`."""
    return tuple(_status(step, state) for step in Step)


def _status(step: Step, state: WorkflowState) -> StepStatus:
    state_of_step, summary = _STATUS_BY_STEP[step](state)
    return StepStatus(step, state_of_step, summary)


StateAndSummary = tuple[StepState, str]


def _nodes(state: WorkflowState) -> StateAndSummary:
    count = len(state.nodes)
    if not count:
        return StepState.NEEDS_ATTENTION, "no node yet"
    if any(node.connection is Connection.CONNECTING for node in state.nodes):
        return StepState.BUSY, "connecting"
    lost = [node.name for node in state.nodes if node.connection.is_down]
    if lost:
        return StepState.FAILED, f"no answer from {', '.join(lost)}"
    answering = sum(node.connection is Connection.CONNECTED and node.facts is not None for node in state.nodes)
    if answering == count:
        return StepState.DONE, f"{answering} of {format_count(count, 'node')} answer"
    if all(node.facts is not None for node in state.nodes):
        return StepState.STALE, f"{format_count(count, 'node')}, not connected now"
    return StepState.TODO, f"{format_count(count, 'node')}, not connected"


def _done_or_stale(state: WorkflowState) -> StepState:
    """Returns DONE for a step that is done, or STALE where the facts of a node are from an earlier session."""
    return StepState.DONE if all(node.live for node in state.nodes) else StepState.STALE


def _lacks_facts(state: WorkflowState) -> bool:
    return not state.nodes or any(node.facts is None for node in state.nodes)


def _prerequisites(state: WorkflowState) -> StateAndSummary:
    if _lacks_facts(state):
        return StepState.TODO, ""
    errors = _errors(state.findings_of(Step.PREREQUISITES))
    if errors:
        return StepState.NEEDS_ATTENTION, f"{format_count(len(errors), 'error')} to fix"
    return _done_or_stale(state), "nothing is missing"


def _install(state: WorkflowState) -> StateAndSummary:
    if _lacks_facts(state):
        return StepState.TODO, ""
    missing = state.nodes_without_corosync
    if missing:
        return StepState.TODO, f"corosync is missing on {len(missing)} of {len(state.nodes)}"
    versions = {facts.corosync.version for facts in state.facts.values()}
    if len(versions) > 1:
        return StepState.NEEDS_ATTENTION, f"different versions: {', '.join(sorted(versions))}"
    return _done_or_stale(state), f"corosync {versions.pop()}"


def _network(state: WorkflowState) -> StateAndSummary:
    errors = _errors(state.findings_of(Step.NETWORK))
    if errors:
        return StepState.NEEDS_ATTENTION, errors[0].what[:40]
    if state.chosen_links:
        return StepState.DONE, ", ".join(map(str, state.chosen_links))
    if state.conf is not None:
        return StepState.DONE, "as in corosync.conf"
    if not state.links:
        return StepState.TODO, ""
    usable = sum(link.usable for link in state.links)
    return (
        (StepState.TODO, f"{usable} usable") if usable else (StepState.NEEDS_ATTENTION, "no subnet that every node has")
    )


def _configuration(state: WorkflowState) -> StateAndSummary:
    if state.conf is None:
        return StepState.TODO, "proposed" if state.proposed_conf is not None else ""
    errors = _errors(state.findings_of(Step.CONFIGURATION))
    return (
        (StepState.NEEDS_ATTENTION, f"{format_count(len(errors), 'error')} to fix")
        if errors
        else (StepState.DONE, "corosync.conf is written")
    )


def _review(state: WorkflowState) -> StateAndSummary:
    plan = state.plan
    if plan is None:
        return (_done_or_stale(state), "nothing to change") if _in_force(state) else (StepState.TODO, "")
    if plan.refusals:
        return StepState.NEEDS_ATTENTION, "needs your decision"
    return StepState.DONE, "nothing to change" if plan.is_empty else "planned"


def _rollout(state: WorkflowState) -> StateAndSummary:
    progress = state.rollout_progress
    if progress is not None and progress.running:
        return StepState.BUSY, progress.title
    if state.interrupted:
        return StepState.NEEDS_ATTENTION, "was interrupted"
    if progress is not None and progress.error:
        return StepState.FAILED, progress.error[:40]
    if state.plan is not None and state.plan.is_empty:
        return StepState.DONE, "nothing to change"
    if state.plan is None and _in_force(state):
        return _done_or_stale(state), "in force on all nodes"
    return StepState.TODO, ""


def _in_force(state: WorkflowState) -> bool:
    """Whether corosync runs on every node, and each has the directory's corosync.conf byte for byte."""
    if state.conf is None or _lacks_facts(state):
        return False
    conf_text = state.conf.decode("latin-1")
    daemons = [facts.corosync for facts in state.facts.values()]
    return all(daemon.running > 0 and daemon.conf == conf_text for daemon in daemons)


def _ring(state: WorkflowState) -> StateAndSummary:
    ring = state.ring
    if ring is None:
        return StepState.TODO, ""
    members = f"{len(ring.members)} of {ring.expected_count} members"
    if ring.healthy:
        return StepState.DONE, members
    return StepState.NEEDS_ATTENTION, members if ring.quorate else f"no quorum, {members}"


_STATUS_BY_STEP: Mapping[Step, Callable[[WorkflowState], StateAndSummary]] = {
    Step.NODES: _nodes,
    Step.PREREQUISITES: _prerequisites,
    Step.INSTALL: _install,
    Step.NETWORK: _network,
    Step.CONFIGURATION: _configuration,
    Step.REVIEW: _review,
    Step.ROLLOUT: _rollout,
    Step.RING: _ring,
}


def _errors(findings: tuple[Finding, ...]) -> list[Finding]:
    return [finding for finding in findings if finding.severity is Severity.ERROR]
