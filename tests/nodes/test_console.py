"""The console on real nodes, driven by real keystrokes in a real terminal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from corotui.practice import PracticeCluster, execute, heal, inject
from tests.support.nodes.cli_runner import directory, fingerprint, healthy, wipe
from tests.support.nodes.console_driver import (
    ASKS,
    LONG,
    MOST_KEYS,
    press_enter,
    press_enter_until_ring,
    wait_until_idle,
)
from tests.support.nodes.gates import Gated, gate
from tests.support.nodes.practice_factory import PracticeFactory
from tests.support.nodes.ring_setup import inside, members
from tests.support.terminal import Terminal, terminal

pytestmark = pytest.mark.nodes


def password(it: Terminal, practice: PracticeCluster) -> None:
    """Answers sudo's question."""
    it.wait_for("sudo on node")
    it.press(*practice.password, "Enter")


@pytest.fixture
def clean(practice: PracticeCluster, tmp_path: Path) -> Path:
    """The shared nodes with nothing configured, and a cluster directory for them."""
    wipe(practice)
    return directory(practice, tmp_path / "db")


def test_from_bare_nodes_to_a_ring(practice_factory: PracticeFactory) -> None:
    bare = practice_factory(bare=True)
    with terminal(str(bare.directory)) as it:
        press_enter_until_ring(it)
        it.press("q")
        assert it.end() == 0
        assert it.presses <= MOST_KEYS
    assert healthy(bare.directory)["members"] == [node.name for node in bare.nodes]


@pytest.mark.parametrize(("links", "user"), [(2, "ec2-user"), (1, "root")])
def test_with_two_links_and_as_root(practice_factory: PracticeFactory, links: int, user: str) -> None:
    nodes = practice_factory(bare=False, links=links, user=user)
    with terminal(str(nodes.directory)) as it:
        press_enter_until_ring(it)
        assert f"link {links - 1}" in it.screen.text
    assert healthy(nodes.directory)["quorate"] is True


def test_with_a_sudo_that_asks_for_a_password(practice_factory: PracticeFactory) -> None:
    nodes = practice_factory(bare=False, password_sudo=True)
    with terminal(str(nodes.directory)) as it:
        it.wait_for("connect to 3 nodes")
        it.press("Enter")
        password(it, nodes)
        wait_until_idle(it)
        while "▸ Ring" not in it.screen.text:
            assert it.presses < MOST_KEYS + len(nodes.password), it.screen.text
            press_enter(it)
        it.wait_for("quorate, 3 of 3 members", LONG)
        assert nodes.password.encode() not in it.output
    kept = nodes.directory / ".corotui"
    assert not [path for path in kept.rglob("*") if path.is_file() and nodes.password.encode() in path.read_bytes()]


def test_a_lost_terminal_leaves_no_half_and_the_next_one_goes_on(clean: Path, practice: PracticeCluster) -> None:
    with terminal(str(clean)) as it:
        it.wait_for("connect to 3 nodes")
        while "▸ Rollout" not in it.screen.text:
            press_enter(it)
        it.press("Enter")
        it.wait_for(ASKS)
        it.press("y")
        it.wait_for("commit")
        it.hang_up()
    with terminal(str(clean)) as it:
        it.wait_for("▸ R")
        wait_until_idle(it)
        while "▸ Ring" not in it.screen.text:
            assert it.presses < MOST_KEYS, it.screen.text
            press_enter(it)
        it.wait_for("quorate, 3 of 3 members", LONG)
    assert healthy(clean)["quorate"] is True


def test_it_reopens_at_the_step_where_it_was_left(clean: Path) -> None:
    with terminal(str(clean)) as it:
        it.wait_for("connect to 3 nodes")
        while "▸ Network" not in it.screen.text:
            press_enter(it)
        it.press("q")
        assert it.end() == 0
    with terminal(str(clean)) as it:
        it.wait_for("▸ Network")
        it.wait_for("every node has it")
        wait_until_idle(it)
        assert "✓ Nodes" in it.screen.text


def test_work_that_is_left_running_goes_on_without_the_screen(clean: Path) -> None:
    with terminal(str(clean)) as it:
        it.wait_for("connect to 3 nodes")
        while "▸ Rollout" not in it.screen.text:
            press_enter(it)
        it.press("Enter")
        it.wait_for(ASKS)
        it.press("y")
        it.wait_for("Esc stop")
        it.press("q")
        it.wait_for("let it run")
        it.press("r")
        assert it.end() == 0
        assert "goes on." in it.screen.words
    assert healthy(clean)["quorate"] is True


def test_stopping_before_the_commit_leaves_the_nodes_as_they_were(clean: Path, practice: PracticeCluster) -> None:
    before = fingerprint(practice)
    with gate(practice, "node3", Gated.CONFIG_TEST) as open_gate, terminal(str(clean)) as it:
        it.wait_for("connect to 3 nodes")
        while "▸ Rollout" not in it.screen.text:
            press_enter(it)
        it.press("Enter")
        it.wait_for(ASKS)
        it.press("y")
        it.wait_for("Esc stop")
        it.press("Esc")
        it.wait_for("stops at the next safe point")
        open_gate()
        it.wait_for("Nothing on the nodes was changed.")
    assert fingerprint(practice) == before


def test_a_node_that_is_off_is_named_and_the_others_are_shown(clean: Path, practice: PracticeCluster) -> None:
    inside(practice, "node3", "systemctl stop ssh.socket ssh 2>/dev/null; systemctl stop sshd 2>/dev/null; true")
    try:
        with terminal(str(clean)) as it:
            it.wait_for("connect to 3 nodes")
            it.press("Enter")
            it.wait_for("not reached", LONG)
            wait_until_idle(it)
            assert it.screen.text.count("● connected") == 2
            assert "▸ Nodes" in it.screen.text or "✗ Nodes" in it.screen.text
    finally:
        inside(practice, "node3", "systemctl start ssh 2>/dev/null || systemctl start sshd")


def contacts(it: Terminal) -> set[str]:
    """The node whose host key is being asked for, if any is."""
    return set(re.findall(r"First contact with (\S+)", it.screen.text))


def test_an_unknown_host_key_is_asked_for_and_refused_by_default(clean: Path) -> None:
    for known in clean.rglob("known_hosts"):
        known.unlink()
    with terminal(str(clean)) as it:
        it.wait_for("connect to 3 nodes")
        it.press("Enter")
        asked: set[str] = set()

        def next_one() -> bool:
            return not contacts(it) <= asked and "SHA256:" in it.screen.text

        for _ in range(3):
            assert it.read(next_one, LONG), it.screen.text
            asked.update(contacts(it))
            it.press("Enter")
        wait_until_idle(it)
        assert it.screen.text.count("✗ not reached") == 3


def test_the_doctor_finds_a_firewall_and_fixes_it(ring: PracticeCluster, tmp_path: Path) -> None:
    where = directory(ring, tmp_path / "db")
    conf = execute(ring.name, "node1", ["cat", "/etc/corosync/corosync.conf"]).stdout
    (where / "corosync.conf").write_bytes(conf)
    inject("host-firewall", "node3", name=ring.name)
    try:
        with terminal(str(where)) as it:
            it.wait_for("connect to 3 nodes")
            it.press("Enter")
            it.read(lambda: False, 1)
            wait_until_idle(it)
            it.press("8")
            it.wait_for("2 of 3 members", LONG)
            it.press("d")
            it.wait_for("node3's firewall", LONG)
            wait_until_idle(it)
            it.press("Enter")
            it.wait_for(ASKS)
            it.press("y")
            it.wait_for("quorate, 3 of 3 members", LONG)
        assert members(ring, "node3") == 3
    finally:
        heal(name=ring.name)
