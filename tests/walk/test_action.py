"""What Enter does, step by step."""

from __future__ import annotations

from dataclasses import replace

import pytest

from corotui.cluster.finding import Severity
from corotui.cluster.model import Install, Method
from corotui.rollout import Consent
from corotui.walk.action import Kind, main_action, mendable
from corotui.walk.findings import MISSING
from corotui.walk.model import Picture, Step
from tests.walk.pictures import CLUSTER, at, finding, link, picture


def kind(found: Picture) -> tuple[Kind, bool]:
    action = main_action(found)
    return action.kind, action.enabled


def test_nodes_are_looked_at_and_then_left() -> None:
    assert kind(picture(live=False, known=False)) == (Kind.LOOK, True)
    assert main_action(picture(live=False, known=False)).label == "Connect to 3 nodes and look"
    assert kind(picture()) == (Kind.NEXT, True)


def test_without_nodes_there_is_nothing_to_do() -> None:
    assert kind(replace(picture(), nodes=(), cluster=replace(CLUSTER, nodes=()))) == (Kind.LOOK, False)


def test_while_work_is_under_way_enter_waits() -> None:
    action = main_action(replace(picture(), busy="connecting"))
    assert not action.enabled
    assert "connecting" in action.reason


def test_prerequisites_show_their_commands() -> None:
    found = {Step.PREREQUISITES: (finding(commands=("ufw allow 5405/udp",)),)}
    action = main_action(at(Step.PREREQUISITES, found=found))
    assert action.kind is Kind.MEND
    assert action.commands == (("node2", "ufw allow 5405/udp"),)
    assert action.asks
    assert action.label == "Mend 1 on 1 node"


def test_what_has_no_command_and_what_is_a_warning_are_not_mended_by_enter() -> None:
    by_hand = finding(commands=())
    warning = replace(finding(), severity=Severity.WARNING)
    found = at(Step.PREREQUISITES, found={Step.PREREQUISITES: (by_hand, warning)})
    assert mendable(found) == ()
    assert kind(found) == (Kind.NEXT, True)


def test_install_is_asked_for_where_corosync_is_missing() -> None:
    bare = replace(picture(version=""), step=Step.INSTALL, found={Step.INSTALL: (finding(MISSING),)})
    action = main_action(bare)
    assert (action.kind, action.enabled) == (Kind.INSTALL, True)
    assert action.label == "Install corosync on 3 nodes"
    assert action.commands == (("node2", "true"),)
    present = replace(bare, cluster=replace(CLUSTER, install=Install(Method.PRESENT)))
    assert kind(present) == (Kind.INSTALL, False)
    assert kind(at(Step.INSTALL)) == (Kind.NEXT, True)


def test_network_takes_the_recommended_links() -> None:
    assert main_action(at(Step.NETWORK)).label == "Use 10.0.0.0/24"
    assert kind(at(Step.NETWORK, links=(link(recommended=False),))) == (Kind.TAKE_LINKS, False)
    assert kind(at(Step.NETWORK, conf=b"x")) == (Kind.NEXT, True)


def test_configuration_saves_the_proposal_and_goes_on() -> None:
    assert kind(at(Step.CONFIGURATION)) == (Kind.SAVE_CONF, False)
    assert kind(at(Step.CONFIGURATION, proposed=b"x")) == (Kind.SAVE_CONF, True)
    assert kind(at(Step.CONFIGURATION, conf=b"x")) == (Kind.NEXT, True)
    broken = {Step.CONFIGURATION: (finding("conf-line"),)}
    assert kind(at(Step.CONFIGURATION, conf=b"x", found=broken)) == (Kind.NEXT, False)


def test_review_needs_a_plan() -> None:
    assert kind(at(Step.REVIEW)) == (Kind.NEXT, False)
    assert kind(at(Step.REVIEW, conf=b"x", plan={"empty": False})) == (Kind.NEXT, True)


def test_rollout_asks_with_the_plans_words() -> None:
    plan = {"empty": False, "words": ["corosync.conf is written on node1."], "refusals": []}
    action = main_action(at(Step.ROLLOUT, conf=b"x", plan=plan))
    assert (action.kind, action.enabled) == (Kind.APPLY, True)
    assert action.asks == "corosync.conf is written on node1."
    assert kind(at(Step.ROLLOUT, conf=b"x", plan={"empty": True})) == (Kind.NEXT, True)


def test_rollout_under_pacemaker_asks_with_what_that_means() -> None:
    refusal = {"code": "pacemaker", "node": "node1", "what": "Pacemaker runs there.", "consent": "pacemaker"}
    plan = {"empty": False, "words": ["It is restarted."], "refusals": [refusal]}
    action = main_action(at(Step.ROLLOUT, conf=b"x", plan=plan))
    assert action.enabled
    assert action.asks == "node1: Pacemaker runs there.\nIt is restarted."
    assert action.consents == {Consent.PACEMAKER}


@pytest.mark.parametrize("changes", [{"plan": None}, {"plan": {"refusals": [{"what": "no", "consent": None}]}}])
def test_rollout_is_refused(changes: dict[str, object]) -> None:
    assert kind(at(Step.ROLLOUT, conf=b"x", **changes)) == (Kind.APPLY, False)


def test_what_was_cut_off_comes_first() -> None:
    assert kind(at(Step.ROLLOUT, conf=b"x", plan={"empty": False}, interrupted="Rollout")) == (Kind.RECOVER, True)
