"""Rollouts within a walk: the picture while they run, when they are refused, and seen from another process."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from corotui import ring, rollout
from corotui.cluster.events import State
from corotui.cluster.finding import Remedy
from corotui.cluster.model import Install, Method
from corotui.directory import Directory
from corotui.errors import CorotuiError, Refused, UsageError
from corotui.facts.model import NodeFacts
from corotui.ring.model import Ring
from corotui.rollout import Outcome, Plan
from corotui.rollout.journal import Journal, RunState
from corotui.ssh.shell import Nobody
from corotui.walk import looking, session, unattended
from corotui.walk.act import act
from corotui.walk.action import Kind, main_action
from corotui.walk.model import Picture, Standing, Step
from corotui.walk.walk import Walk
from tests.rollout.machines import Machine, ring_of
from tests.rollout.planning import plan_for
from tests.walk.pictures import CLUSTER, NAMES, facts, finding


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

        async def open(self, names: list[str]) -> dict[str, Machine]:
            return {name: made[name] for name in names}

    async def gather_all(shells: dict[str, Machine], **_: object) -> dict[str, NodeFacts | CorotuiError]:
        return {name: facts(name) for name in shells}

    async def look(*_: object, **__: object) -> Ring:
        return ring_of(made)

    async def plan(shells: object, cluster: object, conf: bytes, *_: object, **__: object) -> Plan:
        return await plan_for(made, directory_of(tmp_path), conf)

    monkeypatch.setattr(session, "Connections", Wires)
    monkeypatch.setattr(looking, "gather_all", gather_all)
    monkeypatch.setattr(ring, "look", look)
    monkeypatch.setattr(rollout, "plan", plan)
    return made


def directory_of(tmp_path: Path) -> Directory:
    return Directory.open(tmp_path / "db")


@pytest.fixture
def walk(machines: dict[str, Machine], tmp_path: Path) -> Walk:
    directory = Directory.create(tmp_path / "db", "db")
    for node in CLUSTER.nodes:
        directory.add_node(node)
    made = Walk(directory, ask=Nobody())
    made.load()
    return made


def standing(picture: Picture, step: Step) -> Standing:
    return next(status.standing for status in picture.steps if status.step is step)


async def test_enter_from_the_first_step_to_the_ring(walk: Walk, machines: dict[str, Machine]) -> None:
    kinds: list[Kind] = []
    while walk.picture.step is not Step.RING:
        action = main_action(walk.picture)
        assert action.enabled, action
        assert len(kinds) < 20
        kinds.append(action.kind)
        await act(walk, action)
    assert kinds == [Kind.LOOK, Kind.NEXT, Kind.NEXT, Kind.TAKE_LINKS, Kind.SAVE_CONF, Kind.NEXT, Kind.APPLY]
    picture = walk.picture
    assert {status.standing for status in picture.steps} == {Standing.DONE}
    assert picture.plan is not None
    assert picture.plan["empty"]
    assert picture.progress is not None
    assert not picture.progress.running
    assert picture.progress.cells["commit"]["node2"].state is State.DONE
    assert all((machine.etc / "corosync.conf").read_bytes() == picture.conf for machine in machines.values())


async def test_the_table_moves_while_it_runs(walk: Walk) -> None:
    seen: set[str] = set()

    def paint(picture: Picture) -> None:
        if picture.progress is not None and picture.progress.running:
            seen.update(step for step, row in picture.progress.cells.items() if row)

    walk.subscribe(paint)
    await unattended.run(walk, await unattended.survey(walk))
    assert seen == {"stage", "test", "commit", "start", "ring"}


async def test_unattended_a_second_time_nothing_is_meant_to_be_done(walk: Walk) -> None:
    first = await unattended.survey(walk)
    assert first.conf is not None
    assert not first.empty
    outcome = await unattended.run(walk, first)
    assert outcome.healthy
    second = await unattended.survey(walk)
    assert second.empty
    assert (await unattended.run(walk, second)).result is rollout.Result.NOTHING


async def test_a_daemon_that_refuses_ends_it_in_the_picture_too(walk: Walk, machines: dict[str, Machine]) -> None:
    (machines["node2"].root / "refuse").touch()
    intent = await unattended.survey(walk)
    with pytest.raises(Refused) as caught:
        await unattended.run(walk, intent)
    assert caught.value.node == "node2"
    picture = walk.picture
    assert picture.busy == ""
    assert "node2" in picture.error
    assert standing(picture, Step.ROLLOUT) is Standing.FAILED


async def test_a_failure_is_no_exception_of_the_walk(walk: Walk, machines: dict[str, Machine]) -> None:
    machines["node3"].fail_put = "corosync.conf"
    await walk.look()
    walk.save_conf(walk.propose_conf())
    await walk.apply()
    assert "No space left" in walk.picture.error
    assert [error.node for error in walk.failures] == ["node3"]
    assert walk.outcome is None


async def test_what_was_cut_off_is_offered_first(walk: Walk, machines: dict[str, Machine]) -> None:
    machines["node3"].lost_at = "sh -s commit"
    await walk.look()
    walk.save_conf(walk.propose_conf())
    walk.go(Step.ROLLOUT)
    await walk.apply()
    assert walk.picture.interrupted
    machines["node3"].lost, machines["node3"].lost_at = False, ""
    action = main_action(walk.picture)
    assert action.kind is Kind.RECOVER
    await act(walk, action)
    outcome: Outcome | None = walk.outcome
    assert outcome is not None
    assert outcome.result is rollout.Result.UNDONE
    assert not walk.picture.interrupted


async def test_going_back_a_generation(walk: Walk, machines: dict[str, Machine]) -> None:
    await unattended.run(walk, await unattended.survey(walk))
    first = walk.picture.conf
    assert first is not None
    walk.save_conf(first.replace(b"config_version: 1", b"config_version: 2"))
    await walk.apply()
    await walk.restore(None)
    assert walk.picture.conf == first
    assert {(machine.etc / "corosync.conf").read_bytes() for machine in machines.values()} == {first}


async def test_going_back_that_is_refused_leaves_the_directory(walk: Walk, machines: dict[str, Machine]) -> None:
    await unattended.run(walk, await unattended.survey(walk))
    first = walk.picture.conf
    assert first is not None
    second = first.replace(b"config_version: 1", b"config_version: 2")
    walk.save_conf(second)
    await walk.apply()
    (machines["node1"].root / "refuse").touch()
    with pytest.raises(Refused):
        await walk.restore(None)
    assert walk.picture.conf == second
    assert (Path(walk.picture.directory) / "corosync.conf").read_bytes() == second


async def test_a_rollout_of_another_process_is_followed(walk: Walk, tmp_path: Path) -> None:
    directory = directory_of(tmp_path)
    with Journal(directory) as journal:
        with directory.lock():
            run = journal.begin("Rollout to 3 nodes", {})
            journal.write(run, "stage", State.RUNNING, ["node1"])
            moved = asyncio.Event()
            walk.subscribe(lambda picture: moved.set() if picture.progress is not None else None)
            following = asyncio.create_task(walk.follow())
            await moved.wait()
            shown = walk.picture.progress
            assert shown is not None
            assert (shown.here, shown.running, shown.title) == (False, True, "Rollout to 3 nodes")
            assert shown.cells["stage"]["node1"].state is State.RUNNING
            journal.end(run, RunState.DONE)
        await following
    ended = walk.picture.progress
    assert ended is not None
    assert not ended.running


async def test_with_nobody_at_work_there_is_nothing_to_follow(walk: Walk) -> None:
    await walk.follow()
    assert walk.picture.progress is None


async def test_a_build_brings_corosync_and_is_checked(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    from corotui import source

    built: list[str] = []

    async def install(cluster: object, shells: object, told: dict[str, NodeFacts], *_: object) -> None:
        built.extend(told)

    monkeypatch.setattr(source, "install", install)
    bare = {"version": ""}

    async def gather_all(shells: dict[str, Machine], **_: object) -> dict[str, NodeFacts | CorotuiError]:
        return {name: facts(name, version="3.1.9" if built else bare["version"]) for name in shells}

    monkeypatch.setattr(looking, "gather_all", gather_all)
    walk.set_install(Install(Method.SOURCE))
    await walk.look()
    await walk.install()
    assert built == list(NAMES)
    assert standing(walk.picture, Step.INSTALL) is Standing.DONE


async def test_a_build_that_is_stopped_ends_at_once(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    from corotui import source

    cleaned: list[bool] = []

    async def install(*_: object) -> None:
        walk.stop()
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append(True)

    async def gather_all(shells: dict[str, Machine], **_: object) -> dict[str, NodeFacts | CorotuiError]:
        return {name: facts(name, version="") for name in shells}

    monkeypatch.setattr(source, "install", install)
    monkeypatch.setattr(looking, "gather_all", gather_all)
    walk.set_install(Install(Method.SOURCE))
    await walk.look()
    await walk.install()
    assert cleaned == [True]
    assert "stopped" in walk.picture.error
    assert walk.picture.busy == ""


async def test_present_means_present(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def gather_all(shells: dict[str, Machine], **_: object) -> dict[str, NodeFacts | CorotuiError]:
        return {name: facts(name, version="") for name in shells}

    monkeypatch.setattr(looking, "gather_all", gather_all)
    walk.set_install(Install(Method.PRESENT))
    await walk.look()
    with pytest.raises(Refused, match="says it is present"):
        await walk.install()


async def test_a_cluster_without_nodes_is_a_usage_error(tmp_path: Path) -> None:
    empty = Walk(Directory.create(tmp_path / "empty", "empty"), ask=Nobody())
    empty.load()
    with pytest.raises(UsageError, match="names no node"):
        await unattended.survey(empty)


async def test_a_remedy_that_is_a_rollout(walk: Walk, machines: dict[str, Machine]) -> None:
    await walk.look()
    walk.save_conf(walk.propose_conf())
    by_command = finding("host-firewall", "node2", commands=("echo mended >> $ROOT/mended",))
    by_rollout = replace(finding("conf-differs"), remedies=(Remedy("roll out", action="apply"),))
    await walk.mend([by_rollout, by_command, by_rollout])
    assert (machines["node2"].root / "mended").read_text() == "mended\n"
    assert walk.outcome is not None
    assert walk.outcome.healthy
