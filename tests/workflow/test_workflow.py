"""A workflow on a directory: what it writes, keeps for the next session, and reports."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from typing import get_type_hints

import pytest

from corotui.cluster.events import CommandEnded, CommandStarted, Connection, Event, Note, Purpose
from corotui.cluster.model import Install, InstallMethod, Node
from corotui.console.activity_log import ActivityLog
from corotui.directory import Directory
from corotui.doctor import examine
from corotui.errors import NodeUnreachableError, RefusedError, UsageError
from corotui.facts.model import NodeFacts
from corotui.ring import Ring, watch
from corotui.ring.expected import ExpectedRing
from corotui.ssh.fanout import NodeResults, Shells
from corotui.ssh.shell import NonInteractive, Shell
from corotui.workflow.dependencies import Dependencies, FactsGatherer
from corotui.workflow.next_action import main_action
from corotui.workflow.run_action import run_action
from corotui.workflow.state import NodeChanges, NodeStatus, StateChanges, Step, StepState, WorkflowState
from corotui.workflow.workflow import Workflow
from tests.support.fake_dependencies import FakeConnections, gatherer
from tests.support.recorded_evidence import CLUSTER, conf_of, recorded_nodes
from tests.support.states import NAMES, facts, link


@pytest.fixture
def path(tmp_path: Path) -> Path:
    directory = Directory.create(tmp_path / "db", "db")
    for number, name in enumerate(NAMES, 1):
        directory.add_node(Node(name, f"10.77.0.{number}"))
    return directory.path


HEALTHY = gatherer(facts)


def opened(path: Path, connections: FakeConnections | None = None, gather: FactsGatherer = HEALTHY) -> Workflow:
    dependencies = Dependencies(connect=connections or FakeConnections(), gather_facts=gather)
    workflow = Workflow(Directory.open(path), prompter=NonInteractive(), dependencies=dependencies)
    workflow.load()
    return workflow


def state_of_step(state: WorkflowState, step: Step) -> StepState:
    return next(status.state for status in state.steps if status.step is step)


def test_the_first_state_needs_no_connection(path: Path) -> None:
    connections = FakeConnections()
    state = opened(path, connections).state
    assert [node.name for node in state.nodes] == list(NAMES)
    assert {node.connection for node in state.nodes} == {Connection.UNKNOWN}
    assert connections.made == 0


async def test_it_stands_where_it_stood(path: Path) -> None:
    workflow = opened(path)
    await workflow.connect()
    await workflow.discover()
    workflow.choose_links([link().network])
    workflow.go_to(Step.CONFIGURATION)
    await workflow.close()
    again = opened(path).state
    assert again.step is Step.CONFIGURATION
    assert again.chosen_links == (link().network,)
    assert [node.facts is not None and node.facts.hostname for node in again.nodes] == list(NAMES)
    assert not any(node.live for node in again.nodes)
    assert state_of_step(again, Step.NODES) is StepState.STALE
    assert state_of_step(again, Step.NETWORK) is StepState.DONE


async def test_a_node_that_does_not_answer_is_no_exception(path: Path) -> None:
    workflow = opened(path, FakeConnections(down=["node2"]))
    await workflow.connect()
    await workflow.discover()
    two = workflow.state.nodes[1]
    assert (two.connection, two.error, two.facts) == (Connection.FAILED, "no route", None)
    assert workflow.state.nodes[0].live
    assert isinstance(workflow.node_errors["node2"], NodeUnreachableError)
    assert workflow.state.busy == ""


async def test_enter_from_step_to_step(path: Path) -> None:
    workflow = opened(path)
    seen = []
    for _ in range(8):
        state = workflow.state
        action = main_action(state)
        seen.append((state.step, action.kind.value))
        if state.step is Step.REVIEW or not action.enabled:
            break
        if state.step is Step.CONFIGURATION:
            await workflow.close()
            break
        await run_action(workflow, action)
    assert seen == [
        (Step.NODES, "discover"),
        (Step.PREREQUISITES, "next"),
        (Step.INSTALL, "next"),
        (Step.NETWORK, "use-links"),
        (Step.CONFIGURATION, "save-conf"),
    ]


def test_conf_is_saved_and_undone(path: Path) -> None:
    workflow = opened(path)
    assert workflow.undo_conf() is False
    workflow.save_conf(b"one\n")
    workflow.save_conf(b"two\n")
    workflow.save_conf(b"two\n")
    assert (path / "corosync.conf").read_bytes() == b"two\n"
    confs = []
    for _ in range(2):
        assert workflow.undo_conf()
        confs.append(workflow.state.conf)
    assert confs == [b"one\n", None]
    assert not (path / "corosync.conf").exists()
    assert workflow.undo_conf() is False


def test_undo_reaches_over_sessions(path: Path) -> None:
    opened(path).save_conf(b"one\n")
    opened(path).save_conf(b"two\n")
    workflow = opened(path)
    assert workflow.undo_conf()
    assert workflow.state.conf == b"one\n"


async def test_proposing_writes_no_file(path: Path) -> None:
    workflow = opened(path)
    await workflow.discover()
    data = workflow.propose_conf()
    assert b"ring0_addr: 10.77.0.3" in data
    assert workflow.state.proposed_conf == data
    assert not (path / "corosync.conf").exists()


def test_without_links_nothing_can_be_proposed(path: Path) -> None:
    with pytest.raises(UsageError):
        opened(path).propose_conf()


async def test_nodes_and_install_are_written_at_once(path: Path) -> None:
    workflow = opened(path)
    await workflow.discover()
    workflow.add_node(Node("node4", "10.77.0.4"))
    workflow.remove_node("node1")
    workflow.set_install(Install(InstallMethod.PRESENT))
    again = opened(path).state
    assert [node.name for node in again.nodes] == ["node2", "node3", "node4"]
    assert again.cluster.install.method is InstallMethod.PRESENT
    assert again.nodes[0].facts is not None
    assert workflow.state.nodes[2].facts is None


async def test_a_replaced_node_keeps_its_place_and_loses_its_facts(path: Path) -> None:
    workflow = opened(path)
    await workflow.discover()
    workflow.replace_node("node2", Node("node2", "10.77.0.9"))
    for state in (workflow.state, opened(path).state):
        assert [node.name for node in state.nodes] == list(NAMES)
        assert [node.facts is not None for node in state.nodes] == [True, False, True]


def test_a_link_that_is_not_there_is_a_usage_error(path: Path) -> None:
    with pytest.raises(UsageError):
        opened(path).choose_links([link(3).network])


async def test_each_change_is_a_new_state(path: Path) -> None:
    workflow = opened(path)
    states: list[WorkflowState] = []
    events: list[Event] = []
    leave = workflow.subscribe(states.append, events.append)
    first = workflow.state
    await workflow.discover()
    leave()
    count = len(states)
    workflow.go_to(Step.NETWORK)
    assert len(states) == count
    assert first.nodes[0].facts is None
    assert any(state.busy for state in states)
    assert states[-1].busy == ""


async def test_one_operation_at_a_time(path: Path) -> None:
    entered, release = asyncio.Event(), asyncio.Event()

    async def slow(shells: Shells, *, names: Sequence[str]) -> NodeResults[NodeFacts]:
        entered.set()
        await release.wait()
        return NodeResults()

    workflow = opened(path, gather=slow)
    task = asyncio.create_task(workflow.discover())
    await entered.wait()
    with pytest.raises(RefusedError, match="busy"):
        await workflow.discover()
    closing = asyncio.create_task(workflow.close())
    await asyncio.sleep(0)
    assert not closing.done()
    release.set()
    await task
    await closing


async def test_a_subscriber_that_fails_does_not_stop_the_work(path: Path) -> None:
    workflow = opened(path)

    def paint(state: WorkflowState) -> None:
        raise ZeroDivisionError

    workflow.subscribe(paint)
    with pytest.raises(ZeroDivisionError):
        await workflow.discover()
    assert all(node.live for node in workflow.state.nodes)


async def test_polls_of_the_ring_stay_out_of_the_log(path: Path) -> None:
    connections = FakeConnections()
    workflow = opened(path, connections)
    await workflow.connect()
    heard: list[Event] = []
    workflow.subscribe(lambda state: None, heard.append)
    report = connections.report
    script = "sudo sh -s corotui-0123456789abcdef"
    report(CommandStarted(node="node1", command=script, run=1, purpose=Purpose.POLL))
    report(CommandEnded(node="node1", command=script, run=1, exit_code=0, seconds=0.1, purpose=Purpose.POLL))
    report(CommandStarted(node="node1", command="systemctl start corosync", run=2))
    report(CommandStarted(node="node1", command=script, run=3))
    report(Note(text="x"))
    assert [getattr(event, "run", None) for event in heard] == [2, 3, None]


async def test_the_doctors_scripts_stand_in_the_log_and_polls_do_not(path: Path) -> None:
    """The log names each script once, for all nodes together; of the watch over the ring it holds nothing."""
    connections = FakeConnections()
    workflow = opened(path, connections)
    await workflow.connect()
    log = ActivityLog()
    workflow.subscribe(lambda state: None, log.add_event)
    nodes = recorded_nodes()
    for node in nodes.values():
        node.report = connections.report
    await examine(Shells(nodes), cluster=CLUSTER, conf=conf_of(nodes["node1"]))
    asked = {script for node in nodes.values() for script in node.scripts}
    assert {"ring", "facts", "doctor"} <= asked
    assert sorted(entry.nodes for entry in log.entries) == [("node1", "node2", "node3")] * len(asked)

    class Nodes:
        async def shell(self, name: str) -> Shell:
            return nodes[name]

    async with aclosing(watch(Nodes(), ExpectedRing(tuple(nodes)))) as rings:
        assert isinstance(await anext(rings), Ring)
    assert len(log.entries) == len(asked)


def test_facts_that_cannot_be_read_any_more_are_forgotten(path: Path) -> None:
    from corotui.workflow.store.persistence import WorkflowStore

    storage = WorkflowStore(Directory.open(path))
    storage.save_facts({"node1": facts("node1"), "node2": facts("node2")})
    with storage._open() as database, database:
        database.execute("UPDATE facts SET facts = '[1' WHERE node = 'node1'")
        database.execute("INSERT INTO standing VALUES ('step', 'no such step')")
    saved = storage.load()
    assert saved.step is Step.NODES
    assert list(saved.facts) == ["node2"]


def test_every_field_of_the_state_can_be_updated_by_its_name() -> None:
    derived = {"steps": get_type_hints(WorkflowState)["steps"], "directory": str}
    assert {**get_type_hints(StateChanges), **derived} == get_type_hints(WorkflowState)
    assert {**get_type_hints(NodeChanges), "name": str} == get_type_hints(NodeStatus)
