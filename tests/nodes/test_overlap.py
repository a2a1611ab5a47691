"""Two operators change the same nodes from two cluster directories, on real nodes."""

from __future__ import annotations

import random
import shutil
import signal
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from corotui import practice as room
from corotui.directory import Directory
from corotui.practice import PracticeCluster
from corotui.rollout import interrupted_rollout
from corotui.ssh.lock.scripts import LEASE
from tests.support.nodes.cli_runner import configured, corotui, hinder, on_all, step
from tests.support.nodes.overlap import Operator, judge, overlap, stall

pytestmark = pytest.mark.nodes


@pytest.fixture
def operators(practice: PracticeCluster, tmp_path: Path) -> list[Operator]:
    """Two directories of the shared nodes, which run what the first one rolled out."""
    first, second = Operator("opsa", configured(practice, tmp_path / "a")), Operator("opsb", tmp_path / "b")
    shutil.copytree(first.path, second.path)
    done = corotui("apply", first.path, "--yes")
    assert done.returncode == 0, done.stderr
    return [first, second]


def test_of_two_that_overlap_the_nodes_have_the_file_of_the_one_that_says_done(
    practice: PracticeCluster, operators: list[Operator]
) -> None:
    chance = random.Random(7)
    counts: Counter[str] = Counter()
    for number in range(4):
        for index, operator in enumerate(operators):
            operator.write_conf(practice, 1101 + 2 * number + index)
        chance.shuffle(operators)
        verdict = judge(practice, overlap(operators[0], operators[1], chance.uniform(0, 0.6)), counts)
        assert (verdict["mixed"], verdict["false_done"], verdict["stuck"]) == (False, 0, 0), verdict
        assert verdict["codes"] in ([0, 0], [0, 4], [4, 0]), verdict
    assert counts["one_done"] + counts["both_done"] == 4


def test_the_next_operator_waits_no_longer_than_the_lease(practice: PracticeCluster, operators: list[Operator]) -> None:
    assert stall(practice, operators, signal.SIGKILL, 1201) < LEASE
    assert stall(practice, operators, signal.SIGSTOP, 1301) < LEASE + 15  # and the time of one refused apply
    assert set(on_all(practice, "ls /run/corotui").values()) <= {"", "lock"}
    assert not any(interrupted_rollout(Directory.open(operator.path)) for operator in operators)


def test_a_node_switched_off_while_locked_blocks_nobody_afterwards(
    practice: PracticeCluster, operators: list[Operator]
) -> None:
    first, second = operators
    first.write_conf(practice, 1401)
    before = on_all(practice, "sha256sum /etc/corosync/corosync.conf")
    try:
        off = partial(room.inject, "node-off", "node3", name=practice.name)
        code, events = hinder(first.path, step("stage", "running"), off)
        assert code in (1, 3), events[-3:]
        assert "node3" in str(events[-1])
    finally:
        room.heal(name=practice.name)
    assert on_all(practice, "sha256sum /etc/corosync/corosync.conf") == before
    second.write_conf(practice, 1402)
    done = corotui("apply", second.path, "--yes")
    assert done.returncode == 0, done.stderr
    assert corotui("recover", first.path).returncode == 0
