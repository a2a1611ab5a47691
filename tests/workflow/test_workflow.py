"""The walk on a directory: what is written, what is remembered, what is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from corotui.cluster.events import Connection, Event, Note
from corotui.cluster.model import Install, InstallMethod, Node
from corotui.console.activity_log import ActivityLog
from corotui.directory import Directory
from corotui.doctor import examine
from corotui.errors import LockedError, NodeUnreachableError, RefusedError, UsageError
from corotui.facts.model import NodeFacts
from corotui.ring import Ring, watch
from corotui.ssh.fanout import NodeResults, Shells
from corotui.ssh.shell import NonInteractive, Shell
from corotui.workflow import store
from corotui.workflow.next_action import main_action
from corotui.workflow.operations import discover
from corotui.workflow.run_action import run_action
from corotui.workflow.state import NodeChanges, NodeStatus, StateChanges, Step, StepState, WorkflowState
from corotui.workflow.workflow import Workflow
from tests.support.fake_shell import FakeShell, Reply
from tests.support.recorded_evidence import CLUSTER, conf_of, recorded_nodes
from tests.support.workflow_states import NAMES, facts, link


class Wires:
    """Connections that open at once to nothing; `down` are nodes that do not answer."""

    down: tuple[str, ...] = ()
    opened = 0

    def __init__(self, cluster: object, **_: object) -> None:
        return None

    async def __aenter__(self) -> Wires:
        type(self).opened += 1
        return self

    async def close(self) -> None:
        return None

    async def open(self, names: Iterable[str]) -> Shells:
        return Shells(
            {
                name: NodeUnreachableError("no route", node=name, stage="connect")
                if name in self.down
                else FakeShell(lambda _: Reply(), name)
                for name in names
            }
        )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    directory = Directory.create(tmp_path / "db", "db")
    for number, name in enumerate(NAMES, 1):
        directory.add_node(Node(name, f"10.0.0.{number}"))
    return directory.path


@pytest.fixture(autouse=True)
def wires(monkeypatch: pytest.MonkeyPatch) -> type[Wires]:
    """Nodes that answer with the facts of `pictures`."""

    class These(Wires):
        pass

    async def gather_all(shells: Shells, *, names: Sequence[str] = ()) -> NodeResults[NodeFacts]:
        return NodeResults({**{name: facts(name) for name in shells.ok}, **shells.errors})

    monkeypatch.setattr(store, "Connections", These)
    monkeypatch.setattr(discover, "gather_all", gather_all)
    return These


def opened(path: Path) -> Workflow:
    walk = Workflow(Directory.open(path), ask=NonInteractive())
    walk.load()
    return walk


def standing(picture: WorkflowState, step: Step) -> StepState:
    return next(status.state for status in picture.steps if status.step is step)


def test_the_first_picture_needs_no_connection(path: Path, wires: type[Wires]) -> None:
    picture = opened(path).state
    assert [node.name for node in picture.nodes] == list(NAMES)
    assert {node.connection for node in picture.nodes} == {Connection.UNKNOWN}
    assert wires.opened == 0


async def test_it_stands_where_it_stood(path: Path) -> None:
    walk = opened(path)
    await walk.connect()
    await walk.discover()
    walk.choose_links([link().network])
    walk.go_to(Step.CONFIGURATION)
    await walk.close()
    again = opened(path).state
    assert again.step is Step.CONFIGURATION
    assert again.chosen_links == (link().network,)
    assert [node.facts is not None and node.facts.hostname for node in again.nodes] == list(NAMES)
    assert not any(node.live for node in again.nodes)
    assert standing(again, Step.NODES) is StepState.STALE
    assert standing(again, Step.NETWORK) is StepState.DONE


async def test_a_node_that_does_not_answer_is_no_exception(path: Path, wires: type[Wires]) -> None:
    wires.down = ("node2",)
    walk = opened(path)
    await walk.connect()
    await walk.discover()
    two = walk.state.nodes[1]
    assert (two.connection, two.error, two.facts) == (Connection.FAILED, "no route", None)
    assert walk.state.nodes[0].live
    assert isinstance(walk.node_errors["node2"], NodeUnreachableError)
    assert walk.state.busy == ""


async def test_enter_from_step_to_step(path: Path) -> None:
    walk = opened(path)
    seen = []
    for _ in range(8):
        picture = walk.state
        action = main_action(picture)
        seen.append((picture.step, action.kind.value))
        if picture.step is Step.REVIEW or not action.enabled:
            break
        if picture.step is Step.CONFIGURATION:
            await walk.close()
            break
        await run_action(walk, action)
    assert seen == [
        (Step.NODES, "look"),
        (Step.PREREQUISITES, "next"),
        (Step.INSTALL, "next"),
        (Step.NETWORK, "take-links"),
        (Step.CONFIGURATION, "save-conf"),
    ]


def test_conf_is_saved_and_undone(path: Path) -> None:
    walk = opened(path)
    assert walk.undo_conf() is False
    walk.save_conf(b"one\n")
    walk.save_conf(b"two\n")
    walk.save_conf(b"two\n")
    assert (path / "corosync.conf").read_bytes() == b"two\n"
    confs = []
    for _ in range(2):
        assert walk.undo_conf()
        confs.append(walk.state.conf)
    assert confs == [b"one\n", None]
    assert not (path / "corosync.conf").exists()
    assert walk.undo_conf() is False


def test_undo_reaches_over_sessions(path: Path) -> None:
    opened(path).save_conf(b"one\n")
    opened(path).save_conf(b"two\n")
    walk = opened(path)
    assert walk.undo_conf()
    assert walk.state.conf == b"one\n"


async def test_proposing_writes_no_file(path: Path) -> None:
    walk = opened(path)
    await walk.discover()
    data = walk.propose_conf()
    assert b"ring0_addr: 10.0.0.3" in data
    assert walk.state.proposed_conf == data
    assert not (path / "corosync.conf").exists()


def test_without_links_nothing_can_be_proposed(path: Path) -> None:
    with pytest.raises(UsageError):
        opened(path).propose_conf()


async def test_nodes_and_install_are_written_at_once(path: Path) -> None:
    walk = opened(path)
    await walk.discover()
    walk.add_node(Node("node4", "10.0.0.4"))
    walk.remove_node("node1")
    walk.set_install(Install(InstallMethod.PRESENT))
    again = opened(path).state
    assert [node.name for node in again.nodes] == ["node2", "node3", "node4"]
    assert again.cluster.install.method is InstallMethod.PRESENT
    assert again.nodes[0].facts is not None
    assert walk.state.nodes[2].facts is None


def test_a_link_that_is_not_there_is_a_usage_error(path: Path) -> None:
    with pytest.raises(UsageError):
        opened(path).choose_links([link(3).network])


async def test_each_change_is_a_new_picture(path: Path) -> None:
    walk = opened(path)
    pictures: list[WorkflowState] = []
    events: list[Event] = []
    leave = walk.subscribe(pictures.append, events.append)
    first = walk.state
    await walk.discover()
    leave()
    count = len(pictures)
    walk.go_to(Step.NETWORK)
    assert len(pictures) == count
    assert first.nodes[0].facts is None
    assert any(picture.busy for picture in pictures)
    assert pictures[-1].busy == ""


async def test_one_work_at_a_time(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entered, release = asyncio.Event(), asyncio.Event()

    async def slow(shells: Shells, **_: Any) -> NodeResults[NodeFacts]:
        entered.set()
        await release.wait()
        return NodeResults()

    monkeypatch.setattr(discover, "gather_all", slow)
    walk = opened(path)
    task = asyncio.create_task(walk.discover())
    await entered.wait()
    with pytest.raises(RefusedError, match="busy"):
        await walk.discover()
    closing = asyncio.create_task(walk.close())
    await asyncio.sleep(0)
    assert not closing.done()
    release.set()
    await task
    await closing


async def test_a_painter_that_fails_does_not_cut_the_work_off(path: Path) -> None:
    walk = opened(path)

    def paint(picture: WorkflowState) -> None:
        raise ZeroDivisionError

    walk.subscribe(paint)
    with pytest.raises(ZeroDivisionError):
        await walk.discover()
    assert all(node.live for node in walk.state.nodes)


async def test_polls_of_the_ring_stay_out_of_the_log(path: Path) -> None:
    from corotui.cluster.events import CommandEnded, CommandStarted, Purpose

    walk = opened(path)
    heard: list[Event] = []
    walk.subscribe(lambda picture: None, heard.append)
    report = walk._store.report
    script = "sudo sh -s corotui-0123456789abcdef"
    report(CommandStarted(node="node1", command=script, run=1, purpose=Purpose.POLL))
    report(CommandEnded(node="node1", command=script, run=1, exit_code=0, seconds=0.1, purpose=Purpose.POLL))
    report(CommandStarted(node="node1", command="systemctl start corosync", run=2))
    report(CommandStarted(node="node1", command=script, run=3))
    report(Note(text="x"))
    assert [getattr(event, "run", None) for event in heard] == [2, 3, None]


async def test_the_doctors_scripts_stand_in_the_log_and_polls_do_not(path: Path) -> None:
    """The log names each script once, for all nodes together; of the watch over the ring it holds nothing."""
    walk = opened(path)
    log = ActivityLog()
    walk.subscribe(lambda picture: None, log.add_event)
    nodes = recorded_nodes()
    for node in nodes.values():
        node.report = walk._store.report
    await examine(Shells(nodes), cluster=CLUSTER, conf=conf_of(nodes["node1"]))
    asked = {script for node in nodes.values() for script in node.scripts}
    assert {"ring", "facts", "doctor"} <= asked
    assert sorted(entry.nodes for entry in log.entries) == [("node1", "node2", "node3")] * len(asked)

    class Nodes:
        async def shell(self, name: str) -> Shell:
            return nodes[name]

    async with aclosing(watch(Nodes(), expected=list(nodes), names={})) as rings:
        assert isinstance(await anext(rings), Ring)
    assert len(log.entries) == len(asked)


async def test_a_locked_directory_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    walk = opened(path)
    await walk.discover()
    walk.save_conf(walk.propose_conf())

    from corotui import rollout
    from corotui.rollout import Plan

    async def plan(*_: object, **__: object) -> Plan:
        return Plan("db", b"", "", ())

    monkeypatch.setattr(rollout, "plan_rollout", plan)
    with Directory.open(path).lock(), pytest.raises(LockedError):
        await walk.apply()
    assert "works on" in walk.state.error
    assert walk.state.busy == ""


def test_facts_that_cannot_be_read_any_more_are_forgotten(path: Path) -> None:
    from corotui.workflow.persistence import WorkflowStore

    memory = WorkflowStore(Directory.open(path))
    memory.save_facts({"node1": facts("node1"), "node2": facts("node2")})
    with memory._open() as database, database:
        database.execute("UPDATE facts SET facts = '[1' WHERE node = 'node1'")
        database.execute("INSERT INTO standing VALUES ('step', 'no such step')")
    step, _, kept = memory.load()
    assert step is Step.NODES
    assert list(kept) == ["node2"]


def test_every_field_of_the_state_can_be_updated_by_its_name() -> None:
    derived = {"steps": get_type_hints(WorkflowState)["steps"], "directory": str}
    assert {**get_type_hints(StateChanges), **derived} == get_type_hints(WorkflowState)
    assert {**get_type_hints(NodeChanges), "name": str} == get_type_hints(NodeStatus)
