"""The faults as data: every script is sh, every rule is nft, and the ring's view is read from real output."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.practice.faults.catalog import FAULTS, FAULTS_BY_NAME, Fault
from corotui.practice.ring_view import RingView, parse, ring_restored
from tests.support.assertions import assert_never_raises

# Printed by SCRIPT on node1 of three practice nodes with two links while node2's firewall was shut (corosync 3.1.7).
REAL = """\
Quorum information
------------------
Date:             Sun Nov 22 08:48:17 2026
Quorum provider:  corosync_votequorum
Nodes:            2
Node ID:          1
Ring ID:          1.1e
Quorate:          Yes

Votequorum information
----------------------
Expected votes:   3
Highest expected: 3
Total votes:      2
Quorum:           2
Flags:            Quorate

Membership information
----------------------
    Nodeid      Votes Name
         1          1 node1 (local)
         3          1 node3
Local node ID 1, transport knet
LINK ID 0 udp
	addr	= 10.77.5.1
	status:
		nodeid:          1:	localhost
		nodeid:          2:	disconnected
		nodeid:          3:	connected
LINK ID 1 udp
	addr	= 10.78.5.1
	status:
		nodeid:          1:	localhost
		nodeid:          2:	disconnected
		nodeid:          3:	connected
runtime.config.totem.token (u32) = 1650
runtime.config.totem.token_retransmit (u32) = 392
runtime.config.totem.token_retransmits_before_loss_const (u32) = 4
runtime.config.totem.token_warning (u32) = 75
stats.srp.time_since_token_last_received (u64) = 599
"""


def test_names_are_unique() -> None:
    assert len(FAULTS_BY_NAME) == len(FAULTS)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_scripts_are_posix_sh(fault: Fault) -> None:
    for act in (*fault.inject_steps, *fault.heal_steps):
        done = subprocess.run(["sh", "-n"], input=act.script, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_what_is_edited_is_kept_first_and_what_is_stopped_comes_back(fault: Fault) -> None:
    scripts = " ".join(act.script for act in fault.inject_steps)
    for path in ("/etc/corosync/corosync.conf", "/etc/corosync/authkey", "/etc/hosts"):
        assert (f">{path}" in scripts or f" {path}\n" in scripts) == (path in fault.edited_files)
    if "systemctl" in scripts:
        assert fault.restarted_nodes != "nobody"


def test_a_nodes_view_of_its_ring() -> None:
    assert parse(REAL) == RingView(members=2, ring="1.1e", disconnected_links=2, token_late=False)
    assert parse(REAL.replace("= 599", "= 900")).token_late
    assert parse("Cannot initialize CMAP service\n") == RingView()


@given(st.text())
def test_no_text_raises(text: str) -> None:
    assert_never_raises(parse, text)


WHOLE = RingView(3, "1.20")


@pytest.mark.parametrize(
    ("now", "is_restored"),
    [
        ({"a": WHOLE, "b": WHOLE, "c": WHOLE}, True),
        ({"a": WHOLE, "b": WHOLE, "c": RingView(2, "1.20")}, False),
        ({"a": WHOLE, "b": WHOLE, "c": RingView(3, "1.1c")}, False),
        ({"a": WHOLE, "b": WHOLE, "c": RingView(3, "1.20", disconnected_links=1)}, False),
        ({"a": WHOLE, "b": WHOLE, "c": RingView(3, "1.20", token_late=True)}, False),
        ({"a": WHOLE, "b": WHOLE, "c": RingView()}, False),
    ],
)
def test_a_ring_is_restored_when_all_are_in_it_again(now: dict[str, RingView], is_restored: bool) -> None:
    assert ring_restored({"a": 3, "b": 3, "c": 3}, now) is is_restored


def test_nodes_that_were_alone_before_need_not_come_together() -> None:
    now = {"a": RingView(1, "1.8"), "b": RingView(1, "1.c"), "c": RingView()}
    assert ring_restored({"a": 1, "b": 1, "c": 0}, now)
    assert not ring_restored({"a": 1, "b": 1, "c": 1}, now)
    assert ring_restored({}, {})
