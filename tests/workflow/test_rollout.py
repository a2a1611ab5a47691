"""Rollouts within a workflow: the state while they run, when they are refused, and seen from another process."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from corotui import rollout
from corotui.cluster.events import ProgressState
from corotui.cluster.finding import Remedy
from corotui.cluster.model import Install, InstallMethod
from corotui.cluster.remedy_action import RollOut
from corotui.directory import Directory
from corotui.errors import LockedError, RefusedError, UsageError
from corotui.facts.model import NodeFacts
from corotui.rollout import Consent, KeyChoice, Outcome
from corotui.rollout.history.journal import Journal, RunState
from corotui.ssh.shell import NonInteractive
from corotui.workflow import headless
from corotui.workflow.dependencies import Dependencies, FactsGatherer, SourceInstaller
from corotui.workflow.next_action import ActionKind, main_action
from corotui.workflow.run_action import run_action
from corotui.workflow.state import Step, StepState, WorkflowState
from corotui.workflow.workflow import Workflow
from tests.support.fake_dependencies import FakeConnections, gatherer
from tests.support.rollout.machines import Machine
from tests.support.states import NAMES, facts, finding

HEALTHY = gatherer(facts)


@pytest.fixture
def workflow(machines: dict[str, Machine], directory: Directory) -> Workflow:
    return opened(directory, machines)


def opened(
    directory: Directory,
    machines: dict[str, Machine],
    gather: FactsGatherer = HEALTHY,
    install_from_source: SourceInstaller | None = None,
) -> Workflow:
    """A workflow on machines; what only a real node tells comes from `gather`."""
    dependencies = Dependencies(connect=FakeConnections(machines), gather_facts=gather)
    if install_from_source is not None:
        dependencies = replace(dependencies, install_from_source=install_from_source)
    made = Workflow(directory, prompter=NonInteractive(), dependencies=dependencies)
    made.load()
    return made


def state_of_step(state: WorkflowState, step: Step) -> StepState:
    return next(status.state for status in state.steps if status.step is step)


async def test_enter_from_the_first_step_to_the_ring(workflow: Workflow, machines: dict[str, Machine]) -> None:
    kinds: list[ActionKind] = []
    while workflow.state.step is not Step.RING:
        action = main_action(workflow.state)
        assert action.enabled, action
        assert len(kinds) < 20
        kinds.append(action.kind)
        await run_action(workflow, action)
    assert kinds == [
        ActionKind.DISCOVER,
        ActionKind.NEXT,
        ActionKind.NEXT,
        ActionKind.USE_LINKS,
        ActionKind.SAVE_CONF,
        ActionKind.NEXT,
        ActionKind.APPLY,
    ]
    state = workflow.state
    assert {status.state for status in state.steps} == {StepState.DONE}
    assert state.plan is not None
    assert state.plan.is_empty
    assert state.progress is not None
    assert not state.progress.running
    assert state.progress.cells["commit"]["node2"].state is ProgressState.DONE
    assert all((machine.etc / "corosync.conf").read_bytes() == state.conf for machine in machines.values())


async def test_the_table_moves_while_it_runs(workflow: Workflow) -> None:
    seen: set[str] = set()

    def paint(state: WorkflowState) -> None:
        if state.progress is not None and state.progress.running:
            seen.update(step for step, row in state.progress.cells.items() if row)

    workflow.subscribe(paint)
    await headless.run(workflow, await headless.preview(workflow))
    assert seen == {"stage", "test", "commit", "start", "ring"}


async def test_unattended_a_second_time_nothing_is_meant_to_be_done(workflow: Workflow) -> None:
    first = await headless.preview(workflow)
    assert first.proposed_conf is not None
    assert not first.empty
    outcome = await headless.run(workflow, first)
    assert outcome.healthy
    second = await headless.preview(workflow)
    assert second.empty
    assert (await headless.run(workflow, second)).status is rollout.RolloutStatus.NOTHING


async def test_a_daemon_that_refuses_is_reported_by_the_state_too(
    workflow: Workflow, machines: dict[str, Machine]
) -> None:
    (machines["node2"].root / "refuse").touch()
    intent = await headless.preview(workflow)
    with pytest.raises(RefusedError) as caught:
        await headless.run(workflow, intent)
    assert caught.value.node == "node2"
    state = workflow.state
    assert state.busy == ""
    assert "node2" in state.error
    assert state_of_step(state, Step.ROLLOUT) is StepState.FAILED


async def test_a_failure_is_no_exception_of_the_workflow(workflow: Workflow, machines: dict[str, Machine]) -> None:
    machines["node3"].fail_put = "corosync.conf"
    await workflow.discover()
    workflow.save_conf(workflow.propose_conf())
    await workflow.apply()
    assert "No space left" in workflow.state.error
    assert [error.node for error in workflow.failures] == ["node3"]
    assert workflow.outcome is None


async def test_what_was_cut_off_is_offered_first(workflow: Workflow, machines: dict[str, Machine]) -> None:
    machines["node3"].lost_at = "sh -s commit"
    await workflow.discover()
    workflow.save_conf(workflow.propose_conf())
    workflow.go_to(Step.ROLLOUT)
    await workflow.apply()
    assert workflow.state.interrupted
    machines["node3"].lost, machines["node3"].lost_at = False, ""
    action = main_action(workflow.state)
    assert action.kind is ActionKind.RECOVER
    await run_action(workflow, action)
    outcome: Outcome | None = workflow.outcome
    assert outcome is not None
    assert outcome.status is rollout.RolloutStatus.UNDONE
    assert not workflow.state.interrupted


async def test_going_back_a_generation(workflow: Workflow, machines: dict[str, Machine]) -> None:
    await headless.run(workflow, await headless.preview(workflow))
    first = workflow.state.conf
    assert first is not None
    workflow.save_conf(first.replace(b"config_version: 1", b"config_version: 2"))
    await workflow.apply()
    await workflow.restore(None)
    assert workflow.state.conf == first
    assert {(machine.etc / "corosync.conf").read_bytes() for machine in machines.values()} == {first}


async def test_a_restore_that_is_refused_leaves_the_directory(workflow: Workflow, machines: dict[str, Machine]) -> None:
    await headless.run(workflow, await headless.preview(workflow))
    first = workflow.state.conf
    assert first is not None
    second = first.replace(b"config_version: 1", b"config_version: 2")
    workflow.save_conf(second)
    await workflow.apply()
    (machines["node1"].root / "refuse").touch()
    with pytest.raises(RefusedError):
        await workflow.restore(None)
    assert workflow.state.conf == second
    assert (Path(workflow.state.directory) / "corosync.conf").read_bytes() == second


async def test_a_rollout_of_another_process_is_followed(workflow: Workflow, directory: Directory) -> None:
    with Journal(directory) as journal:
        with directory.lock():
            run = journal.begin("Rollout to 3 nodes", {})
            journal.add_entries(run, "stage", ProgressState.RUNNING, ["node1"])
            moved = asyncio.Event()
            workflow.subscribe(lambda state: moved.set() if state.progress is not None else None)
            following = asyncio.create_task(workflow.follow())
            await moved.wait()
            shown = workflow.state.progress
            assert shown is not None
            assert (shown.in_this_process, shown.running, shown.title) == (False, True, "Rollout to 3 nodes")
            assert shown.cells["stage"]["node1"].state is ProgressState.RUNNING
            journal.end(run, RunState.DONE)
        await following
    ended = workflow.state.progress
    assert ended is not None
    assert not ended.running


async def test_with_nobody_at_work_there_is_nothing_to_follow(workflow: Workflow) -> None:
    await workflow.follow()
    assert workflow.state.progress is None


def without_corosync(name: str) -> NodeFacts:
    return facts(name, corosync="")


async def test_a_build_brings_corosync_and_is_checked(directory: Directory, machines: dict[str, Machine]) -> None:
    built: list[str] = []

    async def build(cluster: object, shells: object, facts_by_node: Mapping[str, NodeFacts], *_: object) -> None:
        built.extend(facts_by_node)

    gather = gatherer(lambda name: facts(name, corosync="3.1.9" if built else ""))
    workflow = opened(directory, machines, gather, build)
    workflow.set_install(Install(InstallMethod.SOURCE))
    await workflow.discover()
    await workflow.install()
    assert built == list(NAMES)
    assert state_of_step(workflow.state, Step.INSTALL) is StepState.DONE


async def test_a_build_that_is_stopped_ends_at_once(directory: Directory, machines: dict[str, Machine]) -> None:
    cleaned: list[bool] = []

    async def build(*_: object) -> None:
        stopped.stop()
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append(True)

    stopped = opened(directory, machines, gatherer(without_corosync), build)
    stopped.set_install(Install(InstallMethod.SOURCE))
    await stopped.discover()
    await stopped.install()
    assert cleaned == [True]
    assert "stopped" in stopped.state.error
    assert stopped.state.busy == ""


async def test_present_means_present(directory: Directory, machines: dict[str, Machine]) -> None:
    workflow = opened(directory, machines, gatherer(without_corosync))
    workflow.set_install(Install(InstallMethod.PRESENT))
    await workflow.discover()
    with pytest.raises(RefusedError, match="says it is present"):
        await workflow.install()


async def test_a_locked_directory_is_said(workflow: Workflow, directory: Directory) -> None:
    await workflow.discover()
    workflow.save_conf(workflow.propose_conf())
    with directory.lock(), pytest.raises(LockedError):
        await workflow.apply()
    assert "works on" in workflow.state.error
    assert workflow.state.busy == ""


async def test_a_cluster_without_nodes_is_a_usage_error(tmp_path: Path) -> None:
    empty = Workflow(Directory.create(tmp_path / "empty", "empty"), prompter=NonInteractive())
    empty.load()
    with pytest.raises(UsageError, match="names no node"):
        await headless.preview(empty)


async def test_a_remedy_that_is_a_rollout(workflow: Workflow, machines: dict[str, Machine]) -> None:
    await workflow.discover()
    workflow.save_conf(workflow.propose_conf())
    by_command = finding("host-firewall", "node2", commands=("echo fixed >> $ROOT/fixed",))
    by_rollout = replace(finding("conf-differs"), remedies=(Remedy("roll out", action=RollOut()),))
    await workflow.fix([by_rollout, by_command, by_rollout])
    assert (machines["node2"].root / "fixed").read_text() == "fixed\n"
    assert workflow.outcome is not None
    assert workflow.outcome.healthy


def give_different_keys(machines: dict[str, Machine]) -> None:
    for name, machine in machines.items():
        (machine.etc / "authkey").write_bytes(name[-1:].encode() * 256)
        (machine.etc / "authkey").chmod(0o400)


async def test_yes_covers_no_key_that_would_be_replaced(workflow: Workflow, machines: dict[str, Machine]) -> None:
    give_different_keys(machines)
    preview = await headless.preview(workflow)
    with pytest.raises(RefusedError, match="different keys") as caught:
        await headless.run(workflow, preview)
    assert "--key-from node1" in caught.value.next_step
    assert caught.value.exit_code == 4
    assert len({(machine.etc / "authkey").read_bytes() for machine in machines.values()}) == 3


async def test_the_chosen_key_goes_to_all_nodes_once(workflow: Workflow, machines: dict[str, Machine]) -> None:
    give_different_keys(machines)
    workflow.choose_key(KeyChoice("node2"))
    outcome = await headless.run(workflow, await headless.preview(workflow))
    assert outcome.healthy
    assert {(machine.etc / "authkey").read_bytes() for machine in machines.values()} == {b"2" * 256}
    assert workflow.state.key_choice == KeyChoice(), "the next rollout asks again"


async def test_a_consent_is_for_the_key_that_was_shown(workflow: Workflow, machines: dict[str, Machine]) -> None:
    give_different_keys(machines)
    preview = await headless.preview(workflow)
    (machines["node3"].etc / "authkey").unlink()
    (machines["node3"].etc / "authkey").write_bytes(b"2" * 256)
    (machines["node3"].etc / "authkey").chmod(0o400)  # by now most nodes have node2's
    await headless.run(workflow, preview, frozenset({Consent.KEY_SOURCE}))
    assert {(machine.etc / "authkey").read_bytes() for machine in machines.values()} == {b"1" * 256}


def test_a_key_cannot_come_from_an_unknown_node(workflow: Workflow) -> None:
    with pytest.raises(UsageError, match="node9"):
        workflow.choose_key(KeyChoice("node9"))
