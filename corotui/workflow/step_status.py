"""Where each step of the walk stands, derived from the picture each time and stored nowhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from corotui.cluster.events import Connection
from corotui.cluster.finding import Finding, Severity
from corotui.cluster.phrasing import format_count
from corotui.workflow.state import Step, StepState, StepStatus, WorkflowState


def step_statuses(state: WorkflowState) -> tuple[StepStatus, ...]:
    """The eight steps in order; `picture.steps` is not read."""
    return tuple(_status(step, state) for step in Step)


def _status(step: Step, state: WorkflowState) -> StepStatus:
    state_of_step, summary = _STATUS_BY_STEP[step](state)
    return StepStatus(step, state_of_step, summary)


StateAndSummary = tuple[StepState, str]


def _nodes(state: WorkflowState) -> StateAndSummary:
    count = len(state.nodes)
    if not count:
        return StepState.NEEDS_ATTENTION, "no node yet"
    if any(n.connection is Connection.CONNECTING for n in state.nodes):
        return StepState.BUSY, "connecting"
    lost = [n.name for n in state.nodes if n.connection.is_down]
    if lost:
        return StepState.FAILED, f"no answer from {', '.join(lost)}"
    answering = sum(n.connection is Connection.CONNECTED and n.facts is not None for n in state.nodes)
    if answering == count:
        return StepState.DONE, f"{answering} of {format_count(count, 'node')} answer"
    if all(n.facts is not None for n in state.nodes):
        return StepState.STALE, f"{format_count(count, 'node')}, not connected now"
    return StepState.TODO, f"{format_count(count, 'node')}, not connected"


def _done_or_stale(state: WorkflowState) -> StepState:
    """What a step that is fulfilled is called: done, or stale where a node's facts are of an earlier session."""
    return StepState.DONE if all(n.live for n in state.nodes) else StepState.STALE


def _lacks_facts(state: WorkflowState) -> bool:
    return not state.nodes or any(n.facts is None for n in state.nodes)


def _prerequisites(state: WorkflowState) -> StateAndSummary:
    if _lacks_facts(state):
        return StepState.TODO, ""
    errors = _errors(state.findings_by_step.get(Step.PREREQUISITES, ()))
    if errors:
        return StepState.NEEDS_ATTENTION, _things_to_fix(len(errors))
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
    errors = _errors(state.findings_by_step.get(Step.NETWORK, ()))
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
    errors = _errors(state.findings_by_step.get(Step.CONFIGURATION, ()))
    return (
        (StepState.NEEDS_ATTENTION, _things_to_fix(len(errors)))
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
        return StepState.NEEDS_ATTENTION, "was cut off"
    if progress is not None and progress.error:
        return StepState.FAILED, progress.error[:40]
    if state.plan is not None and state.plan.is_empty:
        return StepState.DONE, "nothing to change"
    if state.plan is None and _in_force(state):
        return _done_or_stale(state), "in force on all nodes"
    return StepState.TODO, ""


def _in_force(state: WorkflowState) -> bool:
    """Every node's facts show a corosync that runs and the directory's corosync.conf, byte for byte."""
    if state.conf is None or _lacks_facts(state):
        return False
    conf_text = state.conf.decode("latin-1")
    return all(
        n.facts is not None and n.facts.corosync.running > 0 and n.facts.corosync.conf == conf_text for n in state.nodes
    )


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


def _things_to_fix(count: int) -> str:
    return f"{format_count(count, 'thing')} to mend"
