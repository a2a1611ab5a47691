"""`up` and `down` killed at any point: what stands is on record, and the next `down` clears it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from corotui import practice as room
from corotui.practice import PracticeState, Shape, instance_record, state_dir
from corotui.practice.instance_record import NodeProcess
from corotui.practice.machine import processes
from tests.support.nodes.ring_setup import inside
from tests.support.nodes.traces import of_instance

pytestmark = [pytest.mark.nodes, pytest.mark.usefixtures("possible", "image")]

NAME = f"t{os.getpid()}-crash"


@pytest.fixture(scope="module")
def image(possible: None) -> None:
    """The image is there before anything is killed; building one is another matter."""
    room.up(NAME, Shape(nodes=1))
    room.down(NAME)


def on_record() -> bool:
    return instance_record.load(NAME) is not None


def namespace() -> bool:
    return Path("/run/netns", f"corotui-{NAME}-node1").exists()


def mounted() -> bool:
    return f"{state_dir.instance(NAME)}/roots/node2" in Path("/proc/self/mountinfo").read_text()


def one_process() -> bool:
    found = instance_record.load(NAME)
    return found is not None and len(found.processes) >= 1


def all_processes() -> bool:
    found = instance_record.load(NAME)
    return found is not None and len(found.processes) == 3


def directory() -> bool:
    return (state_dir.instance(NAME) / "cluster" / "cluster.toml").exists()


def killed(verb: list[str], moment: Callable[[], bool]) -> None:
    """Runs a verb of practice and kills it the moment that something is true, or lets it end if it never is."""
    words = [sys.executable, "-m", "corotui", "practice", *verb, "--name", NAME]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not moment():
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()


def slots() -> list[int]:
    found = instance_record.load(NAME)
    return [] if found is None else [found.slot]


@pytest.mark.parametrize("moment", [on_record, namespace, mounted, one_process, all_processes, directory])
def test_down_clears_what_a_killed_up_left(moment: Callable[[], bool]) -> None:
    try:
        killed(["up"], moment)
        had = slots()
        assert had, "it was killed before anything was made"
    finally:
        room.down(NAME)
    assert of_instance(NAME, had) == []


def test_up_after_a_killed_up_starts_anew() -> None:
    try:
        killed(["up"], one_process)
        practice = room.up(NAME, Shape(nodes=2))
        assert inside(practice, "node2", "systemctl is-system-running --wait") == "running"
        had = slots()
    finally:
        room.down(NAME)
    assert of_instance(NAME, had) == []


def test_a_killed_down_is_ended_by_the_next() -> None:
    room.up(NAME, Shape())
    had = slots()
    cluster = f"corotui-{NAME}-node2"
    killed(["down"], lambda: not any((path / cluster).exists() for path in processes.cgroup_hierarchies()))
    room.down(NAME)
    assert of_instance(NAME, had) == []


def test_nodes_whose_parent_was_killed_go_too() -> None:
    room.up(NAME, Shape(nodes=1))
    found = instance_record.load(NAME)
    assert found is not None
    os.kill(found.processes[0].pid, signal.SIGKILL)
    room.down(NAME)
    assert of_instance(NAME, [found.slot]) == []


def _pid_inside(pid: int) -> str:
    """The pid that a process has in its node, "" if it has ended meanwhile."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/status").read_text().partition("NSpid:")[2].split()[1]
    return ""


def test_heal_replaces_a_machine_whose_supervisor_was_killed() -> None:
    """The init of the node lives on without its systemd-nspawn; a second one would use the same addresses."""
    practice = room.up(NAME, Shape(nodes=2))
    try:
        found = instance_record.load(NAME)
        assert found is not None
        before = next(process for process in found.processes if process.node == "node2")
        old_init = processes.init_pid(found.resources_of("node2").cgroups)
        os.kill(before.pid, signal.SIGKILL)
        os.waitpid(before.pid, 0)
        assert old_init is not None
        assert processes.start_time(old_init) is not None, "its init ended with it"
        status = room.status(NAME)
        assert status is not None
        assert status.state is PracticeState.PARTLY
        assert [node.lost_supervisor for node in status.nodes] == [False, True]
        room.heal(name=NAME)
        pids = processes.pids_in_namespace(found.resources_of("node2").namespace)
        inits = [pid for pid in pids if _pid_inside(pid) == "1"]
        assert old_init not in pids
        assert len(inits) == 1, "two machines share one namespace"
        assert inside(practice, "node2", "systemctl is-system-running --wait") == "running"
        status = room.status(NAME)
        assert status is not None
        assert status.state is PracticeState.UP
        assert not any(node.lost_supervisor for node in status.nodes)
    finally:
        room.down(NAME)
    assert of_instance(NAME, [found.slot]) == []


def test_a_process_that_got_the_pid_of_a_node_is_left_alone() -> None:
    """The record names pid and start time; here it names a live process of ours with another start time."""
    room.up(NAME, Shape(nodes=1))
    bystander = subprocess.Popen(["sleep", "600"])
    try:
        found = instance_record.load(NAME)
        assert found is not None
        processes.kill_all(found.things[0].cgroups, found.processes, found.things[0].namespace)
        start = processes.start_time(bystander.pid)
        assert start is not None
        instance_record.save(found.with_process(NodeProcess("node1", bystander.pid, start - 1)))
        room.down(NAME)
        assert of_instance(NAME, [found.slot]) == []
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_after_a_restart_of_the_machine_only_files_are_cleared() -> None:
    room.up(NAME, Shape(nodes=1))
    found = instance_record.load(NAME)
    assert found is not None
    try:
        text = instance_record.record_path(NAME).read_text()
        instance_record.record_path(NAME).write_text(text.replace(found.boot, "00000000-0000-0000-0000-000000000000"))
        status = room.status(NAME)
        assert status is not None
        assert status.state is PracticeState.STALE
    finally:
        instance_record.record_path(NAME).write_text(text)
        room.down(NAME)


def test_an_interrupt_leaves_nothing() -> None:
    words = [sys.executable, "-m", "corotui", "practice", "up", "--name", NAME]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not one_process():
        time.sleep(0.001)
    had = slots()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130
    assert "Interrupted." in said
    assert had
    assert of_instance(NAME, had) == []
