"""The status of the steps, derived from states."""

from __future__ import annotations

from dataclasses import replace

import pytest

from corotui.cluster.events import Connection, ProgressState
from corotui.ring.model import Ring
from corotui.rollout import Refusal
from corotui.workflow.state import Progress, ProgressCell, ProgressKind, StateChanges, Step, StepState, WorkflowState
from corotui.workflow.step_status import step_statuses
from tests.support.states import finding, link, plan, workflow_state


def states(state: WorkflowState) -> dict[Step, StepState]:
    return {status.step: status.state for status in step_statuses(state)}


def test_all_steps_in_their_order() -> None:
    assert [status.step for status in step_statuses(workflow_state())] == list(Step)


def test_a_directory_without_nodes_needs_some() -> None:
    assert states(replace(workflow_state(), nodes=()))[Step.NODES] is StepState.NEEDS_ATTENTION


def test_before_the_first_look_all_is_to_do() -> None:
    found = states(workflow_state(live=False, known=False))
    assert {found[step] for step in (Step.NODES, Step.PREREQUISITES, Step.INSTALL, Step.RING)} == {StepState.TODO}


def test_facts_of_an_earlier_session_are_stale() -> None:
    found = states(workflow_state(live=False))
    assert found[Step.NODES] is StepState.STALE
    assert found[Step.INSTALL] is StepState.STALE


def test_a_node_without_an_answer() -> None:
    base = workflow_state()
    nodes = (replace(base.nodes[0], connection=Connection.FAILED), *base.nodes[1:])
    status = step_statuses(replace(base, nodes=nodes))[0]
    assert status.state is StepState.FAILED
    assert "node1" in status.summary


def test_prerequisites_need_the_operator_while_there_are_errors() -> None:
    base = workflow_state()
    with_errors = replace(
        base, findings_by_step={**base.findings_by_step, Step.PREREQUISITES: (finding(), finding("disk-room"))}
    )
    assert states(base)[Step.PREREQUISITES] is StepState.DONE
    assert step_statuses(with_errors)[1].state is StepState.NEEDS_ATTENTION
    assert step_statuses(with_errors)[1].summary == "2 errors to fix"


def test_install() -> None:
    assert states(workflow_state(corosync=""))[Step.INSTALL] is StepState.TODO
    assert step_statuses(workflow_state())[2].summary == "corosync 3.1.7"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, StepState.TODO),
        ({"chosen_links": (link().network,)}, StepState.DONE),
        ({"conf": b"x"}, StepState.DONE),
        ({"links": (link(usable=False),)}, StepState.NEEDS_ATTENTION),
        ({"links": ()}, StepState.TODO),
    ],
)
def test_network(changes: StateChanges, expected: StepState) -> None:
    assert states(replace(workflow_state(), **changes))[Step.NETWORK] is expected


def test_review_and_rollout_follow_the_plan() -> None:
    base = workflow_state()
    assert states(base)[Step.REVIEW] is StepState.TODO
    assert states(replace(base, plan=plan()))[Step.REVIEW] is StepState.DONE
    assert states(replace(base, plan=plan(refusals=(Refusal("x", "No."),))))[Step.REVIEW] is StepState.NEEDS_ATTENTION
    assert states(replace(base, plan=plan(empty=True)))[Step.ROLLOUT] is StepState.DONE
    assert states(replace(base, interrupted="Rollout"))[Step.ROLLOUT] is StepState.NEEDS_ATTENTION


def test_rollout_under_way_and_failed() -> None:
    cells = {"commit": {"node1": ProgressCell(ProgressState.RUNNING)}}
    running = Progress(ProgressKind.ROLLOUT, "Rollout", ("stage", "commit"), ("node1",), cells, running=True)
    base = workflow_state()
    assert states(replace(base, progress=running))[Step.ROLLOUT] is StepState.BUSY
    failed = replace(running, running=False, error="no ring")
    assert states(replace(base, progress=failed))[Step.ROLLOUT] is StepState.FAILED
    fixing = Progress(ProgressKind.FIX, "Fixing", ("fix",), ("node1",), running=True)
    assert states(replace(base, progress=fixing))[Step.ROLLOUT] is StepState.TODO


def test_ring() -> None:
    base = workflow_state()
    whole = Ring(True, True, 3, ("node1", "node2", "node3"), ())
    assert states(replace(base, ring=whole))[Step.RING] is StepState.DONE
    split = Ring(False, False, 3, (), ())
    status = step_statuses(replace(base, ring=split))[7]
    assert status.state is StepState.NEEDS_ATTENTION
    assert "no quorum" in status.summary


def test_what_the_nodes_run_already_counts_without_a_plan() -> None:
    conf = b"totem {\n}\n"
    nodes = tuple(
        replace(n, facts=replace(n.facts, corosync=replace(n.facts.corosync, running=1, conf=conf.decode())))
        for n in workflow_state().nodes
        if n.facts is not None
    )
    same = replace(workflow_state(), conf=conf, nodes=nodes, plan=None)
    assert (states(same)[Step.REVIEW], states(same)[Step.ROLLOUT]) == (StepState.DONE, StepState.DONE)
    other = replace(same, conf=conf + b"\n")
    assert (states(other)[Step.REVIEW], states(other)[Step.ROLLOUT]) == (StepState.TODO, StepState.TODO)
