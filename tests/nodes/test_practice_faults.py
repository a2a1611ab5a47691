"""Every fault put into force on real nodes, seen to be what it says, and taken out without a trace."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from corotui import practice as room
from corotui.errors import RefusedError, UsageError
from corotui.practice import PracticeCluster, PracticeState, instance_record
from corotui.practice.faults.catalog import FAULTS
from corotui.practice.machine import network, nspawn
from tests.support.nodes.practice_factory import PracticeFactory
from tests.support.nodes.ring_setup import AUTHKEY, CONF, form_ring, inside, members, wait_for_members

pytestmark = pytest.mark.nodes

VICTIM = "node2"
FILES = f"cat {CONF} /etc/hosts; sha256sum {AUTHKEY}; stat -c '%a %U %n' /etc/corosync/*; ls -A /var/log /var/lib"
WIRES = "ip -br addr; ip route; nft list ruleset; ls -A /var/lib/corosync /var/log"


def picture(practice: PracticeCluster) -> dict[str, str]:
    """All of a node that a fault may touch and heal must give back."""
    return {node.name: inside(practice, node.name, f"{FILES}; {WIRES}") for node in practice.nodes}


@dataclass(frozen=True)
class Seen:
    """What shows that a fault is in force: members that nodes count at last, corosync's exit code on the victim."""

    members: dict[str, int] = field(default_factory=dict)
    exit_code: int | None = None
    check: Callable[[PracticeCluster], object] = lambda practice: None


ALONE = {"node1": 2, VICTIM: 1, "node3": 2}
GONE = {"node1": 2, VICTIM: 0, "node3": 2}


def _two_keys(practice: PracticeCluster) -> None:
    keys = {inside(practice, node.name, f"sha256sum {AUTHKEY}") for node in practice.nodes}
    assert len(keys) == 2


def _ssh_still_greets(practice: PracticeCluster) -> None:
    assert practice.node(VICTIM).host not in inside(practice, VICTIM, "ip -br addr")
    assert nspawn.answers_ssh(practice.node(VICTIM).host)


def _no_ssh(practice: PracticeCluster) -> None:
    assert not nspawn.answers_ssh(practice.node(VICTIM).host)


def _two_run(practice: PracticeCluster) -> None:
    assert inside(practice, VICTIM, "pidof corosync").split()
    assert inside(practice, VICTIM, "systemctl is-active corosync || true") == "failed"


def _stopped(practice: PracticeCluster) -> None:
    assert "T (stopped)" in inside(practice, VICTIM, "grep State /proc/$(pidof corosync)/status")


def _the_wire_drops(practice: PracticeCluster) -> None:
    found = instance_record.load(practice.name)
    assert found is not None
    tables = {network.fault_table(found, item.fault, item.node) for item in found.faults}
    peer = practice.node(VICTIM).host
    inside(practice, "node1", f"bash -c 'head -c 1000 /dev/zero >/dev/udp/{peer}/5405'")
    deadline = time.monotonic() + 30
    while not any("counter packets" in line and "packets 0 " not in line for line in _rules(tables)):
        assert time.monotonic() < deadline, "no packet met the rules on the wire"
        time.sleep(0.1)


def _rules(tables: set[str]) -> list[str]:
    words = ["nft", "list", "table", "bridge", *tables]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()


def _other_token(practice: PracticeCluster) -> None:
    for node in practice.nodes:
        token = inside(practice, node.name, "corosync-cmapctl -g runtime.config.totem.token").split()[-1]
        assert (token == "7650") == (node.name == VICTIM)  # 7000, and 650 for the third node


EXPECTED = {
    "host-firewall": Seen(ALONE),
    "host-firewall-out": Seen(ALONE),
    "security-group": Seen(ALONE, check=_the_wire_drops),
    "pair-cut": Seen(check=_the_wire_drops),
    "packet-loss": Seen(check=_the_wire_drops),
    "packet-size": Seen(check=_the_wire_drops),
    "address-gone": Seen(ALONE, check=_ssh_still_greets),
    "node-off": Seen({"node1": 2, "node3": 2}, check=_no_ssh),
    "name-on-loopback": Seen(ALONE),
    "authkey-differs": Seen(ALONE, check=_two_keys),
    "conf-differs": Seen(check=_other_token),
    "not-in-nodelist": Seen(GONE, exit_code=8),
    "conf-refused": Seen(GONE, exit_code=8),
    "log-directory-missing": Seen(GONE, exit_code=7),
    "state-dir-read-only": Seen(GONE, exit_code=21),
    "daemon-stopped": Seen(GONE),
    "daemon-hung": Seen({"node1": 2, "node3": 2}, check=_stopped),
    "already-running": Seen(exit_code=18, check=_two_run),
    "majority-lost": Seen({"node1": 0, VICTIM: 1, "node3": 0}),
}


def test_every_fault_but_those_of_two_links_is_tried() -> None:
    assert {fault.name for fault in FAULTS if fault.needs_links == 1} == set(EXPECTED)


@pytest.mark.parametrize("fault", EXPECTED)
def test_a_fault_shows_and_leaves_nothing(ring: PracticeCluster, fault: str) -> None:
    before, expected = picture(ring), EXPECTED[fault]
    room.inject(fault, VICTIM, name=ring.name)
    expected.check(ring)
    wait_for_members(ring, expected.members)
    if expected.exit_code is not None:
        status = inside(ring, VICTIM, "systemctl show corosync -p ExecMainStatus --value")
        assert int(status) == expected.exit_code

    healed = room.heal(name=ring.name)

    assert [(item.fault, item.node) for item in healed] == [(fault, VICTIM)]
    assert {node.name: members(ring, node.name) for node in ring.nodes} == {"node1": 3, "node2": 3, "node3": 3}
    assert picture(ring) == before


def test_a_link_goes_down_where_there_are_two(practice_factory: PracticeFactory) -> None:
    practice = practice_factory(nodes=2, links=2, bare=False)
    form_ring(practice)
    room.inject("link-down", VICTIM, name=practice.name)
    assert "DOWN" in inside(practice, VICTIM, "ip -br link show eth1")
    assert nspawn.answers_ssh(practice.node(VICTIM).host)
    room.heal(name=practice.name)
    assert "disconnected" not in inside(practice, "node1", "corosync-cfgtool -s")


def test_several_faults_at_once_are_all_taken_out(ring: PracticeCluster) -> None:
    before = picture(ring)
    room.inject("conf-differs", VICTIM, name=ring.name)
    room.inject("conf-refused", VICTIM, name=ring.name)
    room.inject("host-firewall", "node1", name=ring.name)
    room.inject("node-off", "node3", name=ring.name)
    status = room.status(ring.name)
    assert status is not None
    assert status.state is PracticeState.PARTLY
    healed = room.heal(name=ring.name)
    assert [item.fault for item in healed] == ["conf-differs", "conf-refused", "host-firewall", "node-off"]
    assert picture(ring) == before
    assert room.heal(name=ring.name) == ()


def test_what_the_operator_fixed_stays_as_they_left_it(ring: PracticeCluster) -> None:
    was = inside(ring, VICTIM, f"cat {CONF}")
    room.inject("conf-refused", VICTIM, name=ring.name)
    mended = was.replace("token: 1000", "token: 1001") + "\n"
    inside(ring, VICTIM, f"cat >{CONF}", stdin=mended)
    room.heal(name=ring.name)
    assert inside(ring, VICTIM, f"cat {CONF}") == mended.strip()
    inside(ring, VICTIM, f"cat >{CONF}; systemctl restart corosync", stdin=was + "\n")
    wait_for_members(ring, {node.name: 3 for node in ring.nodes})


def test_what_cannot_be_injected_is_refused(ring: PracticeCluster) -> None:
    with pytest.raises(UsageError, match="no fault 'gremlins'"):
        room.inject("gremlins", VICTIM, name=ring.name)
    with pytest.raises(UsageError, match="has no node 'node9'"):
        room.inject("host-firewall", "node9", name=ring.name)
    with pytest.raises(RefusedError, match="needs 2 links"):
        room.inject("link-down", VICTIM, name=ring.name)
    room.inject("host-firewall", VICTIM, name=ring.name)
    with pytest.raises(RefusedError, match="in force on node2 already"):
        room.inject("host-firewall", VICTIM, name=ring.name)
    room.inject("node-off", "node1", name=ring.name)
    with pytest.raises(RefusedError, match="node1 is off"):
        room.inject("majority-lost", VICTIM, name=ring.name)


def test_faults_that_need_a_ring_say_so_on_bare_nodes(practice_factory: PracticeFactory) -> None:
    practice = practice_factory(nodes=1)
    with pytest.raises(RefusedError, match="corosync does not run on node1"):
        room.inject("daemon-stopped", "node1", name=practice.name)
    room.inject("host-firewall", "node1", name=practice.name)
    assert "dport 5405" in inside(practice, "node1", "nft list ruleset")
    assert [item.fault for item in room.heal(name=practice.name)] == ["host-firewall"]
    assert inside(practice, "node1", "nft list ruleset") == ""


def test_faults_and_heal_from_the_command_line(ring: PracticeCluster) -> None:
    def corotui(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "corotui", "practice", *words, "--name", ring.name],
            capture_output=True,
            text=True,
            check=False,
        )

    assert "host-firewall " in corotui("fault", "--list").stdout
    assert corotui("fault", "daemon-stopped", VICTIM).returncode == 0
    assert "daemon-stopped on node2" in corotui("status").stdout
    assert corotui("fault", "daemon-stopped", VICTIM).returncode == 4
    assert corotui("heal").returncode == 0
    assert "No fault is in force" in corotui("heal").stderr


def test_down_with_faults_in_force_removes_their_rules_too(practice_factory: PracticeFactory) -> None:
    practice = practice_factory(nodes=2)
    found = instance_record.load(practice.name)
    assert found is not None
    room.inject("packet-loss", VICTIM, name=practice.name)
    room.inject("address-gone", "node1", name=practice.name)
    tables = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, check=True).stdout
    assert f"{found.table}_packet_loss_node2" in tables
    room.down(practice.name)
    tables = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, check=True).stdout
    assert f"{found.table}_" not in tables
    assert f"{found.table}\n" not in tables
