"""Each event becomes one JSON object that names its kind."""

from __future__ import annotations

import json

import pytest

from corotui.cluster.events import (
    CommandEnded,
    CommandOutput,
    CommandStarted,
    Connection,
    Event,
    FindingRaised,
    NodeState,
    Note,
    ProgressState,
    StepChanged,
    to_json,
)
from corotui.cluster.finding import Finding, Severity

FINDING = Finding(Severity.ERROR, "host-firewall", "c's firewall drops UDP 5405", node="c")


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (CommandStarted(node="a", command="true", run=1), "command-started"),
        (CommandOutput(node="a", run=1, text="x"), "command-output"),
        (CommandEnded(node="a", command="true", run=1, exit_code=0, seconds=0.1), "command-ended"),
        (StepChanged(step="stage", state=ProgressState.RUNNING, node="a", limit=3.0), "step-changed"),
        (NodeState(node="a", state=Connection.LOST), "node-state"),
        (FindingRaised(finding=FINDING), "finding-raised"),
        (Note(text="x"), "note"),
    ],
)
def test_an_event_is_one_json_object(event: Event, kind: str) -> None:
    document = json.loads(json.dumps(to_json(event)))
    assert document.pop("event") == kind
    assert set(document) == set(event.__slots__)
    assert document["at"] == event.at


def test_states_and_findings_are_written_out() -> None:
    assert to_json(StepChanged(step="stage", state=ProgressState.WAITING))["state"] == "waiting"
    assert to_json(FindingRaised(finding=FINDING))["finding"] == FINDING.to_json()
