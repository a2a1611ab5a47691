"""Rollouts within a walk: the picture while they run, when they are refused, and seen from another process."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from corotui import ring, rollout
from corotui.cluster.events import ProgressState
from corotui.cluster.finding import Remedy
from corotui.cluster.model import Install, InstallMethod
from corotui.cluster.remedy_action import RollOut
from corotui.directory import Directory
from corotui.errors import RefusedError, UsageError
from corotui.facts.model import NodeFacts
from corotui.ring.model import Ring
from corotui.rollout import Outcome, Plan
from corotui.rollout.history.journal import Journal, RunState
from corotui.ssh.fanout import NodeResults, Shells
from corotui.ssh.shell import NonInteractive
from corotui.workflow import headless, store
from corotui.workflow.next_action import ActionKind, main_action
from corotui.workflow.operations import discover
from corotui.workflow.run_action import run_action
from corotui.workflow.state import Step, StepState, WorkflowState
from corotui.workflow.workflow import Workflow
from tests.support.rollout.machines import Machine, ring_of
from tests.support.rollout.plan_builder import plan_for
from tests.support.workflow_states import CLUSTER, NAMES, facts, finding


@pytest.fixture
def machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Machine]:
    """Machines in the place of connections; what only a real node tells comes from `pictures`."""
    made = {name: Machine(name, tmp_path / name) for name in NAMES}

    class Wires:
        def __init__(self, *_: object, **__: object) -> None:
            return None

        async def __aenter__(self) -> Wires:
            return self

        async def close(self) -> None:
            return None

        async def open(self, names: list[str]) -> Shells:
            return Shells({name: made[name] for name in names})

    async def gather_all(shells: Shells, **_: object) -> NodeResults[NodeFacts]:
        return NodeResults({name: facts(name) for name in shells.ok})

    async def look(*_: object, **__: object) -> Ring:
        return ring_of(made)

    async def plan(shells: object, cluster: object, conf: bytes, *_: object, **__: object) -> Plan:
        return await plan_for(made, directory_of(tmp_path), conf)

    monkeypatch.setattr(store, "Connections", Wires)
    monkeypatch.setattr(discover, "gather_all", gather_all)
    monkeypatch.setattr(ring, "query_ring", look)
    monkeypatch.setattr(rollout, "plan_rollout", plan)
    return made


def directory_of(tmp_path: Path) -> Directory:
    return Directory.open(tmp_path / "db")


@pytest.fixture
def walk(machines: dict[str, Machine], tmp_path: Path) -> Workflow:
    directory = Directory.create(tmp_path / "db", "db")
    for node in CLUSTER.nodes:
        directory.add_node(node)
    made = Workflow(directory, ask=NonInteractive())
    made.load()
    return made


def standing(picture: WorkflowState, step: Step) -> StepState:
    return next(status.state for status in picture.steps if status.step is step)


async def test_enter_from_the_first_step_to_the_ring(walk: Workflow, machines: dict[str, Machine]) -> None:
    kinds: list[ActionKind] = []
    while walk.state.step is not Step.RING:
        action = main_action(walk.state)
        assert action.enabled, action
        assert len(kinds) < 20
        kinds.append(action.kind)
        await run_action(walk, action)
    assert kinds == [
        ActionKind.DISCOVER,
        ActionKind.NEXT,
        ActionKind.NEXT,
        ActionKind.USE_LINKS,
        ActionKind.SAVE_CONF,
        ActionKind.NEXT,
        ActionKind.APPLY,
    ]
    picture = walk.state
    assert {status.state for status in picture.steps} == {StepState.DONE}
    assert picture.plan is not None
    assert picture.plan.is_empty
    assert picture.progress is not None
    assert not picture.progress.running
    assert picture.progress.cells["commit"]["node2"].state is ProgressState.DONE
    assert all((machine.etc / "corosync.conf").read_bytes() == picture.conf for machine in machines.values())


async def test_the_table_moves_while_it_runs(walk: Workflow) -> None:
    seen: set[str] = set()

    def paint(picture: WorkflowState) -> None:
        if picture.progress is not None and picture.progress.running:
            seen.update(step for step, row in picture.progress.cells.items() if row)

    walk.subscribe(paint)
    await headless.run(walk, await headless.preview(walk))
    assert seen == {"stage", "test", "commit", "start", "ring"}


async def test_unattended_a_second_time_nothing_is_meant_to_be_done(walk: Workflow) -> None:
    first = await headless.preview(walk)
    assert first.proposed_conf is not None
    assert not first.empty
    outcome = await headless.run(walk, first)
    assert outcome.healthy
    second = await headless.preview(walk)
    assert second.empty
    assert (await headless.run(walk, second)).status is rollout.RolloutStatus.NOTHING


async def test_a_daemon_that_refuses_ends_it_in_the_picture_too(walk: Workflow, machines: dict[str, Machine]) -> None:
    (machines["node2"].root / "refuse").touch()
    intent = await headless.preview(walk)
    with pytest.raises(RefusedError) as caught:
        await headless.run(walk, intent)
    assert caught.value.node == "node2"
    picture = walk.state
    assert picture.busy == ""
    assert "node2" in picture.error
    assert standing(picture, Step.ROLLOUT) is StepState.FAILED


async def test_a_failure_is_no_exception_of_the_walk(walk: Workflow, machines: dict[str, Machine]) -> None:
    machines["node3"].fail_put = "corosync.conf"
    await walk.discover()
    walk.save_conf(walk.propose_conf())
    await walk.apply()
    assert "No space left" in walk.state.error
    assert [error.node for error in walk.failures] == ["node3"]
    assert walk.outcome is None


async def test_what_was_cut_off_is_offered_first(walk: Workflow, machines: dict[str, Machine]) -> None:
    machines["node3"].lost_at = "sh -s commit"
    await walk.discover()
    walk.save_conf(walk.propose_conf())
    walk.go_to(Step.ROLLOUT)
    await walk.apply()
    assert walk.state.interrupted
    machines["node3"].lost, machines["node3"].lost_at = False, ""
    action = main_action(walk.state)
    assert action.kind is ActionKind.RECOVER
    await run_action(walk, action)
    outcome: Outcome | None = walk.outcome
    assert outcome is not None
    assert outcome.status is rollout.RolloutStatus.UNDONE
    assert not walk.state.interrupted


async def test_going_back_a_generation(walk: Workflow, machines: dict[str, Machine]) -> None:
    await headless.run(walk, await headless.preview(walk))
    first = walk.state.conf
    assert first is not None
    walk.save_conf(first.replace(b"config_version: 1", b"config_version: 2"))
    await walk.apply()
    await walk.restore(None)
    assert walk.state.conf == first
    assert {(machine.etc / "corosync.conf").read_bytes() for machine in machines.values()} == {first}


async def test_going_back_that_is_refused_leaves_the_directory(walk: Workflow, machines: dict[str, Machine]) -> None:
    await headless.run(walk, await headless.preview(walk))
    first = walk.state.conf
    assert first is not None
    second = first.replace(b"config_version: 1", b"config_version: 2")
    walk.save_conf(second)
    await walk.apply()
    (machines["node1"].root / "refuse").touch()
    with pytest.raises(RefusedError):
        await walk.restore(None)
    assert walk.state.conf == second
    assert (Path(walk.state.directory) / "corosync.conf").read_bytes() == second


async def test_a_rollout_of_another_process_is_followed(walk: Workflow, tmp_path: Path) -> None:
    directory = directory_of(tmp_path)
    with Journal(directory) as journal:
        with directory.lock():
            run = journal.begin("Rollout to 3 nodes", {})
            journal.add_entries(run, "stage", ProgressState.RUNNING, ["node1"])
            moved = asyncio.Event()
            walk.subscribe(lambda picture: moved.set() if picture.progress is not None else None)
            following = asyncio.create_task(walk.follow())
            await moved.wait()
            shown = walk.state.progress
            assert shown is not None
            assert (shown.in_this_process, shown.running, shown.title) == (False, True, "Rollout to 3 nodes")
            assert shown.cells["stage"]["node1"].state is ProgressState.RUNNING
            journal.end(run, RunState.DONE)
        await following
    ended = walk.state.progress
    assert ended is not None
    assert not ended.running


async def test_with_nobody_at_work_there_is_nothing_to_follow(walk: Workflow) -> None:
    await walk.follow()
    assert walk.state.progress is None


async def test_a_build_brings_corosync_and_is_checked(walk: Workflow, monkeypatch: pytest.MonkeyPatch) -> None:
    from corotui import source

    built: list[str] = []

    async def install(cluster: object, shells: object, told: dict[str, NodeFacts], *_: object) -> None:
        built.extend(told)

    monkeypatch.setattr(source, "install", install)
    bare = {"version": ""}

    async def gather_all(shells: Shells, **_: object) -> NodeResults[NodeFacts]:
        return NodeResults({name: facts(name, version="3.1.9" if built else bare["version"]) for name in shells.ok})

    monkeypatch.setattr(discover, "gather_all", gather_all)
    walk.set_install(Install(InstallMethod.SOURCE))
    await walk.discover()
    await walk.install()
    assert built == list(NAMES)
    assert standing(walk.state, Step.INSTALL) is StepState.DONE


async def test_a_build_that_is_stopped_ends_at_once(walk: Workflow, monkeypatch: pytest.MonkeyPatch) -> None:
    from corotui import source

    cleaned: list[bool] = []

    async def install(*_: object) -> None:
        walk.stop()
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append(True)

    async def gather_all(shells: Shells, **_: object) -> NodeResults[NodeFacts]:
        return NodeResults({name: facts(name, version="") for name in shells.ok})

    monkeypatch.setattr(source, "install", install)
    monkeypatch.setattr(discover, "gather_all", gather_all)
    walk.set_install(Install(InstallMethod.SOURCE))
    await walk.discover()
    await walk.install()
    assert cleaned == [True]
    assert "stopped" in walk.state.error
    assert walk.state.busy == ""


async def test_present_means_present(walk: Workflow, monkeypatch: pytest.MonkeyPatch) -> None:
    async def gather_all(shells: Shells, **_: object) -> NodeResults[NodeFacts]:
        return NodeResults({name: facts(name, version="") for name in shells.ok})

    monkeypatch.setattr(discover, "gather_all", gather_all)
    walk.set_install(Install(InstallMethod.PRESENT))
    await walk.discover()
    with pytest.raises(RefusedError, match="says it is present"):
        await walk.install()


async def test_a_cluster_without_nodes_is_a_usage_error(tmp_path: Path) -> None:
    empty = Workflow(Directory.create(tmp_path / "empty", "empty"), ask=NonInteractive())
    empty.load()
    with pytest.raises(UsageError, match="names no node"):
        await headless.preview(empty)


async def test_a_remedy_that_is_a_rollout(walk: Workflow, machines: dict[str, Machine]) -> None:
    await walk.discover()
    walk.save_conf(walk.propose_conf())
    by_command = finding("host-firewall", "node2", commands=("echo mended >> $ROOT/mended",))
    by_rollout = replace(finding("conf-differs"), remedies=(Remedy("roll out", action=RollOut()),))
    await walk.fix([by_rollout, by_command, by_rollout])
    assert (machines["node2"].root / "mended").read_text() == "mended\n"
    assert walk.outcome is not None
    assert walk.outcome.healthy
