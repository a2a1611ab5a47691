"""Two changes of the same nodes from two directories: one has the locks, the other is refused."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from corotui.cluster.events import Event, Note, ProgressState, StepChanged
from corotui.directory import Directory
from corotui.directory.lock_holder import LockHolder
from corotui.errors import LockedError, NodeUnreachableError, RefusedError, WorkError
from corotui.rollout import RolloutStatus, apply, interrupted_rollout
from corotui.ssh.fanout import Shells
from corotui.ssh.lock import node_lock
from corotui.ssh.lock.cluster_lock import ClusterLock, lock_nodes
from corotui.ssh.lock.scripts import IS_HELD, LEASE, hold_command
from tests.support.rollout.machines import Machine
from tests.support.rollout.plan_builder import plan_for

Machines = dict[str, Machine]
HOLDER = LockHolder("sigrid@ops1", "/srv/db", 4711, 1_700_000_000.0, "commit")


@pytest.fixture
def other(directory: Directory, tmp_path: Path) -> Directory:
    """A second cluster directory of the same nodes, in another order."""
    made = Directory.create(tmp_path / "other", "db")
    for node in reversed(directory.read_cluster().nodes):
        made.add_node(node)
    return made


def has_lock(machine: Machine, token: str) -> bool:
    script = IS_HELD.replace("/run/corotui", f"{machine.root}/run/corotui") + 'is_held "$1"'
    return subprocess.run(["sh", "-c", script, "sh", token], check=False).returncode == 0


def kill_holder(machine: Machine) -> None:
    """Kills the process that holds the lock of a machine, as an administrator there might."""
    lock = str(machine.root / "run/corotui/lock")
    holders = set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if str(link.readlink()) == lock:
                holders.add(int(link.parts[2]))
    assert holders
    for pid in holders:
        os.kill(pid, signal.SIGKILL)


async def until_lost(lock: ClusterLock, node: str) -> None:
    with contextlib.suppress(WorkError):
        while True:
            lock.raise_if_lost(node)
            await asyncio.sleep(0.02)


async def test_the_second_is_told_who_from_where_since_when_and_at_which_step(machines: Machines) -> None:
    shells = Shells(machines)
    async with lock_nodes(shells, HOLDER) as lock:
        assert all(has_lock(machine, lock.token) for machine in machines.values())
        with pytest.raises(LockedError) as caught:
            async with lock_nodes(shells, LockHolder.this_process(Path("/other"))):
                pytest.fail("both have the locks")
        text = str(caught.value)
        assert "sigrid@ops1 (process 4711) works from /srv/db since 20" in text
        assert "at step commit" in text
        assert "Nothing was changed." in text
        assert caught.value.exit_code == 4
        assert all(has_lock(machine, lock.token) for machine in machines.values())
    assert not any(has_lock(machine, lock.token) for machine in machines.values())
    async with lock_nodes(shells, HOLDER):
        pass


async def test_of_many_that_begin_at_once_exactly_one_wins(machines: Machines) -> None:
    names = list(machines)
    won: list[int] = []
    refused: list[int] = []
    all_refused = asyncio.Event()

    async def contend(number: int) -> None:
        order = names if number % 2 else names[::-1]
        try:
            async with lock_nodes(Shells({name: machines[name] for name in order}), HOLDER):
                won.append(number)
                await all_refused.wait()
        except LockedError:
            refused.append(number)
            if len(refused) == 3:
                all_refused.set()

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        for number in range(4):
            group.create_task(contend(number))
    assert (len(won), len(refused)) == (1, 3)


async def test_the_step_is_shown_while_it_runs(machines: Machines) -> None:
    async with lock_nodes(Shells(machines), HOLDER) as lock:
        lock.show_step("start")
        file = machines["node2"].root / "run/corotui/holder"
        deadline = time.monotonic() + 10
        while '"step": "start"' not in file.read_text():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        assert file.parent.stat().st_mode & 0o777 == 0o700


async def test_a_holder_whose_process_on_the_node_died_knows_it(machines: Machines) -> None:
    async with lock_nodes(Shells(machines), HOLDER) as lock:
        kill_holder(machines["node3"])
        async with asyncio.timeout(10):
            await until_lost(lock, "node3")
        with pytest.raises(WorkError, match="the lock on the node was lost"):
            lock.raise_if_lost("node3")
        lock.raise_if_lost("node1")
        assert await lock.ensure("node3")
        assert has_lock(machines["node3"], lock.token)
        assert not await lock.ensure("node3")


async def test_a_holder_that_sends_nothing_loses_it(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after the loss of a network that sshd does not notice."""
    monkeypatch.setattr(node_lock, "BEAT", 60.0)
    monkeypatch.setattr(node_lock, "HELD_FOR", 1.0)
    short = hold_command().replace(f"timeout {LEASE} ", "timeout 2 ")
    assert short != hold_command()
    monkeypatch.setattr(node_lock, "hold_command", lambda: short)
    async with lock_nodes(Shells({"node1": machines["node1"]}), HOLDER) as lock:
        await asyncio.sleep(1.1)
        with pytest.raises(WorkError, match="no longer confirms"):
            lock.raise_if_lost("node1")
        assert has_lock(machines["node1"], lock.token), "the holder has to give up before the node does"
        await asyncio.sleep(2)
        assert not has_lock(machines["node1"], lock.token)


async def test_a_node_without_what_a_lock_needs_is_named(machines: Machines) -> None:
    folder = machines["node2"].root / "run/corotui"
    folder.symlink_to("/tmp")
    with pytest.raises(WorkError, match=r"node2: the lock of the node cannot be held: .* is not a directory of root"):
        async with lock_nodes(Shells(machines), HOLDER):
            pytest.fail("it is locked through a symbolic link")


async def test_apply_is_refused_while_another_directory_has_the_nodes(
    machines: Machines, directory: Directory, other: Directory, conf: bytes
) -> None:
    before = {name: machine.files() for name, machine in machines.items()}
    plan = await plan_for(machines, other, conf)
    async with lock_nodes(Shells(machines), HOLDER):
        with pytest.raises(LockedError, match="sigrid@ops1"):
            await apply(plan, Shells(machines), other)
    assert {name: machine.files() for name, machine in machines.items()} == before
    assert interrupted_rollout(other) == ""
    assert (await apply(plan, Shells(machines), other)).status is RolloutStatus.DONE
    stale = await plan_for(machines, directory, conf.replace(b"config_version: 1", b"config_version: 2"))
    await apply(await plan_for(machines, other, conf + b"# of the other\n"), Shells(machines), other)
    with pytest.raises(ExceptionGroup) as caught:
        await apply(stale, Shells(machines), directory)
    assert all(isinstance(error, RefusedError) for error in caught.value.exceptions)
    assert len(caught.value.exceptions) == 3
    assert "was changed by somebody else since the plan was made" in str(caught.value.exceptions[0])


async def test_a_node_that_another_changed_is_noticed_even_if_nothing_was_to_change_there(
    machines: Machines, directory: Directory, conf: bytes
) -> None:
    await apply(await plan_for(machines, directory, conf), Shells(machines), directory)
    older = conf.replace(b"config_version: 1", b"config_version: 0")
    (machines["node1"].etc / "corosync.conf").write_bytes(older)
    plan = await plan_for(machines, directory, conf)
    (machines["node3"].etc / "corosync.conf").write_text("by somebody else\n")
    with pytest.raises(RefusedError, match=r"node3: .* was changed by somebody else"):
        await apply(plan, Shells(machines), directory)
    assert (machines["node1"].etc / "corosync.conf").read_bytes() == older


async def test_a_file_that_changes_between_staging_and_commit_stops_it(
    machines: Machines, directory: Directory, conf: bytes
) -> None:
    def edit(event: Event) -> None:
        if isinstance(event, StepChanged) and (event.step, event.state) == ("test", ProgressState.DONE):
            (machines["node2"].etc / "authkey").write_bytes(b"x" * 128)

    with pytest.raises(RefusedError, match="node2: /etc/corosync/authkey was changed by somebody else"):
        await apply(await plan_for(machines, directory, conf), Shells(machines), directory, edit)
    assert not (machines["node1"].etc / "corosync.conf").exists()
    assert interrupted_rollout(directory) == ""


async def test_a_lock_lost_before_the_commit_changes_nothing(
    machines: Machines, directory: Directory, conf: bytes
) -> None:
    before = {name: machine.files() for name, machine in machines.items()}

    def kill(event: Event) -> None:
        if isinstance(event, StepChanged) and (event.step, event.state, event.node) == (
            "stage",
            ProgressState.DONE,
            None,
        ):
            kill_holder(machines["node2"])
            machines["node1"].slow = 3.0

    with pytest.raises(WorkError, match="node2: the lock on the node was lost") as caught:
        await apply(await plan_for(machines, directory, conf), Shells(machines), directory, kill)
    assert "No node was changed." in str(caught.value)
    after = {name: machine.files() for name, machine in machines.items()}
    assert {name: after[name] for name in ("node1", "node3")} == {name: before[name] for name in ("node1", "node3")}
    assert not (machines["node2"].etc / "corosync.conf").exists()
    assert interrupted_rollout(directory) == ""


async def test_a_lock_lost_after_the_commit_is_taken_again(
    machines: Machines, directory: Directory, conf: bytes
) -> None:
    notes: list[str] = []

    def kill(event: Event) -> None:
        if isinstance(event, Note):
            notes.append(f"{event.node}: {event.text}")
        if isinstance(event, StepChanged) and (event.step, event.state, event.node) == (
            "commit",
            ProgressState.DONE,
            None,
        ):
            kill_holder(machines["node2"])
            machines["node1"].slow = 1.5

    outcome = await apply(await plan_for(machines, directory, conf), Shells(machines), directory, kill)
    assert outcome.status is RolloutStatus.DONE
    assert "node2: The lock on the node was lost; it is taken again." in notes
    assert {(machine.etc / "corosync.conf").read_bytes() for machine in machines.values()} == {conf}


async def test_leftovers_of_a_killed_rollout_are_removed_and_named(
    machines: Machines, directory: Directory, conf: bytes
) -> None:
    notes: list[str] = []
    for name in ("corosync.conf.corotui-new-00ff", "authkey.corotui-new-00ff", "corosync.conf.corotui-test-00ff"):
        (machines["node2"].etc / name).write_text("left")

    def keep(event: Event) -> None:
        if isinstance(event, Note):
            notes.append(f"{event.node}: {event.text}")

    await apply(await plan_for(machines, directory, conf), Shells(machines), directory, keep)
    assert sorted(path.name for path in machines["node2"].etc.iterdir()) == ["authkey", "corosync.conf"]
    assert [note for note in notes if "node2: Removed what an interrupted rollout left" in note]


async def test_an_unreachable_node_is_an_error_and_leaves_no_lock(machines: Machines) -> None:
    machines["node2"].lost = True
    with pytest.raises(NodeUnreachableError):
        async with lock_nodes(Shells(machines), HOLDER):
            pytest.fail("a node that is not there is locked")
    machines["node2"].lost = False
    async with lock_nodes(Shells(machines), HOLDER):
        pass
