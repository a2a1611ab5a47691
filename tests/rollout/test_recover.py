"""Recovery of runs that were interrupted, at every point where a process can die."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from corotui.cluster.events import ProgressState
from corotui.conf.constants import AUTHKEY_PATH, CONF_PATH
from corotui.directory import Directory
from corotui.errors import NodeUnreachableError, RefusedError
from corotui.rollout import RolloutStatus, apply, interrupted_rollout, recover
from corotui.rollout.node.snapshot import NodeSnapshot
from corotui.rollout.recovery.choice import RecoveryAction, RecoveryMode, choose_recovery
from corotui.ssh.fanout import Shells
from tests.support.rollout.crashing_rollout import DEAD
from tests.support.rollout.machines import Machine
from tests.support.rollout.plan_builder import plan_for

Machines = dict[str, Machine]


def die(directory: Directory, conf: bytes, step: str, state: ProgressState, node: str | None) -> None:
    """A rollout in another process, which dies at that event."""
    folder = directory.path.parent
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.rollout.crashing_rollout", str(folder), step, state.value, node or ""],
        input=conf,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == DEAD, done.stderr.decode()


@pytest.mark.parametrize(
    ("step", "state", "node"),
    [
        ("stage", ProgressState.RUNNING, "node2"),
        ("stage", ProgressState.DONE, "node1"),
        ("test", ProgressState.DONE, "node3"),
    ],
)
async def test_before_the_commit_it_is_undone(
    step: str, state: ProgressState, node: str, machines: Machines, directory: Directory, conf: bytes
) -> None:
    before = {name: machine.files() for name, machine in machines.items()}
    die(directory, conf, step, state, node)
    assert interrupted_rollout(directory)
    outcome = await recover(Shells(machines), directory)
    assert outcome.status is RolloutStatus.UNDONE
    assert {name: machine.files() for name, machine in machines.items()} == before
    assert not interrupted_rollout(directory)
    assert (await apply(await plan_for(machines, directory, conf), Shells(machines), directory)).healthy


@pytest.mark.parametrize(
    ("step", "state", "node"),
    [
        ("commit", ProgressState.RUNNING, "node1"),
        ("commit", ProgressState.DONE, "node2"),
        ("commit", ProgressState.DONE, None),
        ("start", ProgressState.RUNNING, "node1"),
        ("start", ProgressState.DONE, "node3"),
        ("ring", ProgressState.RUNNING, None),
    ],
)
async def test_from_the_commit_on_it_is_finished(
    step: str, state: ProgressState, node: str | None, machines: Machines, directory: Directory, conf: bytes
) -> None:
    die(directory, conf, step, state, node)
    outcome = await recover(Shells(machines), directory)
    assert outcome.status is RolloutStatus.DONE
    for machine in machines.values():
        assert (machine.etc / "corosync.conf").read_bytes() == conf
        assert sorted(path.name for path in machine.etc.iterdir()) == ["authkey", "corosync.conf"]
        assert machine.running


async def test_another_rollout_waits_for_recover(machines: Machines, directory: Directory, conf: bytes) -> None:
    die(directory, conf, "commit", ProgressState.RUNNING, "node1")
    with pytest.raises(RefusedError, match="was interrupted"):
        await apply(await plan_for(machines, directory, conf), Shells(machines), directory)


async def test_every_node_has_to_answer(machines: Machines, directory: Directory, conf: bytes) -> None:
    die(directory, conf, "commit", ProgressState.DONE, "node2")
    machines["node3"].lost = True
    with pytest.raises(NodeUnreachableError):
        await recover(Shells(machines), directory)
    assert interrupted_rollout(directory)


async def test_staged_files_that_are_gone_mean_an_undo(machines: Machines, directory: Directory, conf: bytes) -> None:
    (machines["node1"].etc / "corosync.conf").write_text("totem {\n}\n")
    before = {name: machine.files() for name, machine in machines.items()}
    die(directory, conf, "commit", ProgressState.RUNNING, "node1")
    for path in machines["node2"].etc.iterdir():
        path.unlink()
    outcome = await recover(Shells(machines), directory)
    assert outcome.status is RolloutStatus.UNDONE
    assert {name: machine.files() for name, machine in machines.items()} == before


async def test_nothing_was_interrupted(machines: Machines, directory: Directory) -> None:
    assert (await recover(Shells(machines), directory)).status is RolloutStatus.NOTHING


async def test_choosing_the_recovery_action(machines: Machines, directory: Directory, conf: bytes) -> None:
    plan = await plan_for(machines, directory, conf)
    staged = {name: NodeSnapshot(name, staged={CONF_PATH: plan.conf_sha256, AUTHKEY_PATH: "k"}) for name in machines}
    placed = {**staged, "node1": NodeSnapshot("node1", {CONF_PATH: plan.conf_sha256, AUTHKEY_PATH: "k"})}
    lost = {**placed, "node3": replace(staged["node3"], staged={})}
    assert choose_recovery(plan, "k", staged, commit_began=False) is RecoveryAction.UNSTAGE
    assert choose_recovery(plan, "k", staged, commit_began=True) is RecoveryAction.FINISH
    assert choose_recovery(plan, "k", placed, commit_began=True) is RecoveryAction.FINISH
    assert choose_recovery(plan, "k", placed, commit_began=True, mode=RecoveryMode.UNDO) is RecoveryAction.UNDO
    assert choose_recovery(plan, "k", lost, commit_began=True) is RecoveryAction.UNDO
    assert choose_recovery(plan, "other", placed, commit_began=True) is RecoveryAction.REFUSE
