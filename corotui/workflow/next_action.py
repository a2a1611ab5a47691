"""What Enter does at each step, derived from the state. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from corotui.cluster.finding import Finding, Severity
from corotui.cluster.model import InstallMethod
from corotui.cluster.phrasing import format_count
from corotui.rollout.model import Consent
from corotui.workflow.findings import corosync_missing
from corotui.workflow.link_selection import selected_links
from corotui.workflow.state import Step, WorkflowState


class ActionKind(StrEnum):
    """What an action does. `run_action` carries it out."""

    NONE = "none"
    DISCOVER = "discover"  # connect to all nodes, gather their facts, then go to the next step
    FIX = "fix"  # run the remedies of `fixable_errors`
    INSTALL = "install"
    USE_LINKS = "use-links"
    SAVE_CONF = "save-conf"
    APPLY = "apply"
    RECOVER = "recover"
    NEXT = "next"


@dataclass(frozen=True, slots=True)
class Action:
    """The main action of a step."""

    label: str
    """What happens, and on how many nodes."""
    kind: ActionKind
    """What it does."""
    enabled: bool = True
    """Whether it can be done now."""
    reason: str = ""
    """Why the action is disabled, "" where it is enabled."""
    confirmation: str = ""
    """What the operator confirms before the action runs, "" where it needs no confirmation."""
    commands: tuple[tuple[str, str], ...] = ()
    """(node, command line) of the commands that will run, as far as they are known before."""
    consents: frozenset[Consent] = frozenset()
    """What the operator allows by confirming."""


def fixable_errors(state: WorkflowState) -> tuple[Finding, ...]:
    """Returns the errors of the prerequisites that corotui can fix with commands.

    Warnings are not among them: the operator fixes those one by one if they want to.
    """
    return tuple(
        finding
        for finding in state.findings_of(Step.PREREQUISITES)
        if finding.severity is Severity.ERROR and any(remedy.commands for remedy in finding.remedies)
    )


def main_action(state: WorkflowState) -> Action:
    """Returns what Enter does at the step of the state."""
    if state.busy:
        return Action(state.busy, ActionKind.NONE, enabled=False, reason=f"Wait until this has ended: {state.busy}.")
    return _ACTION_BY_STEP[state.step](state)


def _nodes(state: WorkflowState) -> Action:
    count = len(state.cluster.nodes)
    if not count:
        return Action("Connect", ActionKind.DISCOVER, enabled=False, reason="There is no node yet. Add one.")
    if _all_live(state):
        return Action("Go on", ActionKind.NEXT)
    return Action(f"Connect to {format_count(count, 'node')}", ActionKind.DISCOVER)


def _prerequisites(state: WorkflowState) -> Action:
    if not _all_live(state):
        return Action(f"Connect to {format_count(len(state.cluster.nodes), 'node')}", ActionKind.DISCOVER)
    errors = fixable_errors(state)
    if not errors:
        return Action("Go on", ActionKind.NEXT)
    commands = remedy_commands(errors)
    nodes = {node for node, _ in commands}
    return Action(
        f"Fix {format_count(len(errors), 'error')} on {format_count(len(nodes), 'node')}",
        ActionKind.FIX,
        confirmation="These commands will run:",
        commands=commands,
    )


def _install(state: WorkflowState) -> Action:
    if not _all_live(state):
        return Action(f"Connect to {format_count(len(state.cluster.nodes), 'node')}", ActionKind.DISCOVER)
    missing = state.nodes_without_corosync
    if not missing:
        return Action("Go on", ActionKind.NEXT)
    method = state.cluster.install.method
    if method is InstallMethod.PRESENT:
        return Action(
            "Install",
            ActionKind.INSTALL,
            enabled=False,
            reason=f"corosync is not on {', '.join(missing)}, and cluster.toml says it is present.",
        )
    how = "from its package" if method is InstallMethod.PACKAGE else "by a build from source"
    return Action(
        f"Install corosync on {format_count(len(missing), 'node')}",
        ActionKind.INSTALL,
        confirmation=f"corosync is installed on {', '.join(missing)} {how}.",
        commands=remedy_commands(corosync_missing(state)),
    )


def _network(state: WorkflowState) -> Action:
    if state.conf is not None and not state.chosen_links:
        return Action("Go on", ActionKind.NEXT)
    if not state.links:
        return Action(
            "Use links",
            ActionKind.USE_LINKS,
            enabled=False,
            reason="No subnet is known yet. Connect to the nodes first.",
        )
    links = selected_links(state)
    if not links:
        return Action(
            "Use links",
            ActionKind.USE_LINKS,
            enabled=False,
            reason="No subnet reaches every node with one address each.",
        )
    networks = ", ".join(str(link.network) for link in links)
    return Action(f"Use {networks}", ActionKind.USE_LINKS)


def _configuration(state: WorkflowState) -> Action:
    if state.conf is not None and (state.proposed_conf is None or state.proposed_conf == state.conf):
        errors = [finding for finding in state.findings_of(Step.CONFIGURATION) if finding.severity is Severity.ERROR]
        if errors:
            return Action("Go on", ActionKind.NEXT, enabled=False, reason=errors[0].what)
        return Action("Go on", ActionKind.NEXT)
    if state.proposed_conf is None:
        return Action("Save", ActionKind.SAVE_CONF, enabled=False, reason="Choose links first.")
    return Action("Save corosync.conf and go on", ActionKind.SAVE_CONF)


def _review(state: WorkflowState) -> Action:
    if state.conf is None:
        return Action("Go on", ActionKind.NEXT, enabled=False, reason="There is no corosync.conf yet.")
    if state.plan is None:
        return Action("Go on", ActionKind.NEXT, enabled=False, reason="The plan is not made yet.")
    return Action("Go on", ActionKind.NEXT)


def _rollout(state: WorkflowState) -> Action:
    plan = state.plan
    if state.interrupted:
        return Action(
            "Finish or undo the rollout",
            ActionKind.RECOVER,
            confirmation=f"{state.interrupted} was interrupted. It is finished if its commit began, and undone if not.",
        )
    if plan is None:
        return Action("Roll out", ActionKind.APPLY, enabled=False, reason="The plan is not made yet. Go to Review.")
    if plan.is_empty:
        return Action("Go on", ActionKind.NEXT)
    if state.conf is None:
        return Action("Roll out", ActionKind.APPLY, enabled=False, reason="Save the configuration first.")
    missing = state.nodes_without_corosync
    if missing:
        return Action("Roll out", ActionKind.APPLY, enabled=False, reason=f"corosync is not on {', '.join(missing)}.")
    label = f"Roll out to {format_count(len(state.cluster.nodes), 'node')}"
    final = [refusal.sentence for refusal in plan.refusals if refusal.consent is None]
    if final:
        return Action(label, ActionKind.APPLY, enabled=False, reason=final[0])
    consents = frozenset(refusal.consent for refusal in plan.refusals if refusal.consent is not None)
    sentences = [*(refusal.sentence for refusal in plan.refusals), *plan.summary]
    return Action(label, ActionKind.APPLY, confirmation="\n".join(sentences), consents=consents)


def _ring(state: WorkflowState) -> Action:
    return Action("Watch", ActionKind.NONE, enabled=False, reason="The ring is watched automatically.")


_ACTION_BY_STEP: Mapping[Step, Callable[[WorkflowState], Action]] = {
    Step.NODES: _nodes,
    Step.PREREQUISITES: _prerequisites,
    Step.INSTALL: _install,
    Step.NETWORK: _network,
    Step.CONFIGURATION: _configuration,
    Step.REVIEW: _review,
    Step.ROLLOUT: _rollout,
    Step.RING: _ring,
}


def remedy_commands(findings: tuple[Finding, ...]) -> tuple[tuple[str, str], ...]:
    """Returns (node, command line) of the first remedy with commands of each finding, in order and without repeats."""
    commands: dict[tuple[str, str], None] = {}
    for finding in findings:
        for remedy in finding.remedies:
            if remedy.commands:
                node = remedy.node or finding.node or ""
                commands.update(((node, command), None) for command in remedy.commands)
                break
    return tuple(commands)


def _all_live(state: WorkflowState) -> bool:
    return bool(state.nodes) and all(node.live and node.facts is not None for node in state.nodes)
