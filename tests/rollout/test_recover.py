"""Recovery of runs that were interrupted, at every point where a process can die."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from corotui.cluster.events import ProgressState
from corotui.conf.constants import AUTHKEY_PATH, CONF_PATH
from corotui.directory import Directory
from corotui.errors import FileError, NodeUnreachableError, RefusedError
from corotui.rollout import RolloutStatus, apply, forget, interrupted_rollout, preview_forget, recover
from corotui.rollout.history.journal import Journal, RunState
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


OTHERS = b"# by another operator\n"


def commit_of_another(machines: Machines, *names: str) -> None:
    """Another directory's rollout has put its own files there."""
    for name in names:
        (machines[name].etc / "corosync.conf").write_bytes(OTHERS)


@pytest.mark.parametrize("mode", RecoveryMode)
async def test_anothers_committed_change_is_never_overwritten(
    mode: RecoveryMode, machines: Machines, directory: Directory, conf: bytes
) -> None:
    die(directory, conf, "commit", ProgressState.RUNNING, "node1")
    for machine in machines.values():
        for path in machine.etc.glob("*key*"):
            path.unlink()
    commit_of_another(machines, *machines)
    outcome = await recover(Shells(machines), directory, mode=mode)
    assert outcome.status is RolloutStatus.FORGOTTEN
    assert "another change replaced them" in outcome.what
    for machine in machines.values():
        assert {path.name: path.read_bytes() for path in machine.etc.iterdir()} == {"corosync.conf": OTHERS}
    assert interrupted_rollout(directory) == ""


@pytest.mark.parametrize("mode", RecoveryMode)
async def test_files_of_two_changes_are_left_and_forget_ends_it(
    mode: RecoveryMode, machines: Machines, directory: Directory, conf: bytes
) -> None:
    die(directory, conf, "commit", ProgressState.DONE, None)
    commit_of_another(machines, "node3")
    before = {name: machine.files() for name, machine in machines.items()}
    with pytest.raises(RefusedError, match=r"node3: .*corosync.conf is of somebody else") as caught:
        await recover(Shells(machines), directory, mode=mode)
    assert "--forget" in str(caught.value)
    assert {name: machine.files() for name, machine in machines.items()} == before

    outcome = await forget(Shells(machines), directory, why="node3 belongs to another team")
    assert outcome.status is RolloutStatus.FORGOTTEN
    assert {name: machine.files() for name, machine in machines.items()} == before
    assert interrupted_rollout(directory) == ""
    with Journal(directory) as journal:
        run = journal.last_run()
        assert run is not None
        found = journal.forgotten(run.id)
    assert run.state is RunState.FORGOTTEN
    assert run.ended
    assert found is not None
    assert found.why == "node3 belongs to another team"
    assert "@" in found.operator
    assert [node for node, _ in found.left] == list(machines)
    assert "/etc/corosync/corosync.conf is the new one" in dict(found.left)["node1"]
    assert "is of somebody else (sha256 " in dict(found.left)["node3"]
    plan = await plan_for(machines, directory, conf)
    assert (await apply(plan, Shells(machines), directory)).status is RolloutStatus.DONE


async def test_a_rollout_with_a_node_that_is_gone_for_ever_can_be_forgotten(
    machines: Machines, directory: Directory, conf: bytes
) -> None:
    die(directory, conf, "commit", ProgressState.RUNNING, "node1")
    shells = Shells({**machines, "node3": NodeUnreachableError("no route", node="node3", stage="connect")})
    with pytest.raises(NodeUnreachableError):
        await recover(shells, directory)
    preview = await preview_forget(shells, directory)
    assert preview is not None
    left = dict(preview.left)
    assert left["node3"] == "it does not answer (no route), so what is there is not known"
    assert "there is no /etc/corosync/corosync.conf, as before" in left["node1"]
    assert "corosync.conf.corotui-new-" in left["node1"]
    assert interrupted_rollout(directory)

    assert (await forget(shells, directory)).status is RolloutStatus.FORGOTTEN
    assert not list(machines["node1"].etc.iterdir())
    assert list(machines["node3"].etc.iterdir())
    assert interrupted_rollout(directory) == ""
    assert (await forget(shells, directory)).status is RolloutStatus.NOTHING
    assert await preview_forget(shells, directory) is None


async def test_a_journal_whose_kept_file_was_changed_can_be_forgotten(
    machines: Machines, directory: Directory, conf: bytes
) -> None:
    die(directory, conf, "commit", ProgressState.RUNNING, "node1")
    (directory.generations_dir / "0001.conf").write_bytes(b"edited\n")
    with pytest.raises(FileError, match="was changed after it was rolled out"):
        await recover(Shells(machines), directory)
    assert (await forget(Shells(machines), directory)).status is RolloutStatus.FORGOTTEN
