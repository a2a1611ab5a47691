"""What Enter does, step by step."""

from __future__ import annotations

from dataclasses import replace

import pytest

from corotui.cluster.finding import Severity
from corotui.cluster.model import Install, InstallMethod
from corotui.rollout import Consent, Refusal
from corotui.workflow.findings import COROSYNC_MISSING
from corotui.workflow.next_action import ActionKind, fixable_errors, main_action
from corotui.workflow.state import StateChanges, Step, WorkflowState
from tests.support.states import CLUSTER, at, finding, link, plan, workflow_state


def kind(state: WorkflowState) -> tuple[ActionKind, bool]:
    action = main_action(state)
    return action.kind, action.enabled


def test_nodes_are_looked_at_and_then_left() -> None:
    assert kind(workflow_state(live=False, known=False)) == (ActionKind.DISCOVER, True)
    assert main_action(workflow_state(live=False, known=False)).label == "Connect to 3 nodes"
    assert kind(workflow_state()) == (ActionKind.NEXT, True)


def test_without_nodes_there_is_nothing_to_do() -> None:
    assert kind(replace(workflow_state(), nodes=(), cluster=replace(CLUSTER, nodes=()))) == (ActionKind.DISCOVER, False)


def test_while_work_is_under_way_enter_waits() -> None:
    action = main_action(replace(workflow_state(), busy="connecting"))
    assert not action.enabled
    assert "connecting" in action.reason


def test_prerequisites_show_their_commands() -> None:
    found = {Step.PREREQUISITES: (finding(commands=("ufw allow 5405/udp",)),)}
    action = main_action(at(Step.PREREQUISITES, findings_by_step=found))
    assert action.kind is ActionKind.FIX
    assert action.commands == (("node2", "ufw allow 5405/udp"),)
    assert action.confirmation
    assert action.label == "Fix 1 error on 1 node"


def test_what_has_no_command_and_what_is_a_warning_are_not_fixed_by_enter() -> None:
    by_hand = finding(commands=())
    warning = replace(finding(), severity=Severity.WARNING)
    found = at(Step.PREREQUISITES, findings_by_step={Step.PREREQUISITES: (by_hand, warning)})
    assert fixable_errors(found) == ()
    assert kind(found) == (ActionKind.NEXT, True)


def test_install_is_asked_for_where_corosync_is_missing() -> None:
    bare = replace(
        workflow_state(corosync=""), step=Step.INSTALL, findings_by_step={Step.INSTALL: (finding(COROSYNC_MISSING),)}
    )
    action = main_action(bare)
    assert (action.kind, action.enabled) == (ActionKind.INSTALL, True)
    assert action.label == "Install corosync on 3 nodes"
    assert action.commands == (("node2", "true"),)
    present = replace(bare, cluster=replace(CLUSTER, install=Install(InstallMethod.PRESENT)))
    assert kind(present) == (ActionKind.INSTALL, False)
    assert kind(at(Step.INSTALL)) == (ActionKind.NEXT, True)


def test_network_takes_the_recommended_links() -> None:
    assert main_action(at(Step.NETWORK)).label == "Use 10.77.0.0/24"
    assert kind(at(Step.NETWORK, links=(link(recommended=False),))) == (ActionKind.USE_LINKS, False)
    assert kind(at(Step.NETWORK, conf=b"x")) == (ActionKind.NEXT, True)


def test_configuration_saves_the_proposal_and_goes_on() -> None:
    assert kind(at(Step.CONFIGURATION)) == (ActionKind.SAVE_CONF, False)
    assert kind(at(Step.CONFIGURATION, proposed_conf=b"x")) == (ActionKind.SAVE_CONF, True)
    assert kind(at(Step.CONFIGURATION, conf=b"x")) == (ActionKind.NEXT, True)
    broken = {Step.CONFIGURATION: (finding("conf-line"),)}
    assert kind(at(Step.CONFIGURATION, conf=b"x", findings_by_step=broken)) == (ActionKind.NEXT, False)


def test_review_needs_a_plan() -> None:
    assert kind(at(Step.REVIEW)) == (ActionKind.NEXT, False)
    assert kind(at(Step.REVIEW, conf=b"x", plan=plan())) == (ActionKind.NEXT, True)


def test_rollout_asks_with_the_plans_words() -> None:
    written = plan(summary=("corosync.conf is written on node1.",))
    action = main_action(at(Step.ROLLOUT, conf=b"x", plan=written))
    assert (action.kind, action.enabled) == (ActionKind.APPLY, True)
    assert action.confirmation == "corosync.conf is written on node1."
    assert kind(at(Step.ROLLOUT, conf=b"x", plan=plan(empty=True))) == (ActionKind.NEXT, True)


def test_rollout_under_pacemaker_asks_with_what_that_means() -> None:
    refusal = Refusal("pacemaker", "Pacemaker runs there.", "node1", consent=Consent.PACEMAKER)
    restarted = plan(summary=("It is restarted.",), refusals=(refusal,))
    action = main_action(at(Step.ROLLOUT, conf=b"x", plan=restarted))
    assert action.enabled
    assert action.confirmation == "node1: Pacemaker runs there.\nIt is restarted."
    assert action.consents == {Consent.PACEMAKER}


@pytest.mark.parametrize("changes", [{"plan": None}, {"plan": plan(refusals=(Refusal("x", "no"),))}])
def test_rollout_is_refused(changes: StateChanges) -> None:
    assert kind(replace(at(Step.ROLLOUT, conf=b"x"), **changes)) == (ActionKind.APPLY, False)


def test_what_was_cut_off_comes_first() -> None:
    assert kind(at(Step.ROLLOUT, conf=b"x", plan=plan(), interrupted="Rollout")) == (ActionKind.RECOVER, True)
