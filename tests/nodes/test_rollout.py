"""Rollouts over rings that run, and everything that comes between: failures, kills, signals, lost terminals."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest

from corotui.practice import PracticeCluster
from tests.support.nodes.cli_runner import (
    configured,
    corotui,
    fingerprint,
    healthy,
    hinder,
    interrupt,
    leave_terminal,
    on_all,
    step,
    without_ringids,
)
from tests.support.nodes.ring_setup import inside

pytestmark = pytest.mark.nodes


@pytest.fixture
def quick(practice: PracticeCluster, tmp_path: Path) -> Path:
    """The shared nodes with nothing configured, and a directory whose corosync.conf forms rings fast."""
    return configured(practice, tmp_path / "db")


def test_a_changed_token_is_reloaded_and_restored(quick: Path, practice: PracticeCluster) -> None:
    assert corotui("apply", quick, "--yes").returncode == 0
    conf = quick / "corosync.conf"
    first = conf.read_bytes()
    processes = on_all(practice, "pidof corosync")
    conf.write_text(conf.read_text().replace("token: 1000", "token: 2000"))
    assert "without a restart" in corotui("plan", quick).stdout
    done = corotui("apply", quick, "--yes")
    assert done.returncode == 0, done.stderr
    assert set(on_all(practice, "corosync-cmapctl -g totem.token").values()) == {"totem.token (u32) = 2000"}
    assert "Nothing to change." in corotui("apply", quick, "--yes").stderr

    listed = json.loads(corotui("restore", quick, "--list", "--json").stdout)
    assert [generation["number"] for generation in listed] == [1, 2]
    back = corotui("restore", quick, "--yes")
    assert back.returncode == 0, back.stderr
    assert conf.read_bytes() == first
    assert set(on_all(practice, "cat /etc/corosync/corosync.conf").values()) == {first.decode().strip()}
    assert set(on_all(practice, "corosync-cmapctl -g totem.token").values()) == {"totem.token (u32) = 1000"}
    assert on_all(practice, "pidof corosync") == processes


def test_what_needs_a_restart_rolls_with_quorum_kept(quick: Path, practice: PracticeCluster) -> None:
    assert corotui("apply", quick, "--yes").returncode == 0
    processes = on_all(practice, "pidof corosync")
    conf = quick / "corosync.conf"
    conf.write_text(conf.read_text() + "system {\n\tpriority: 90\n}\n")
    assert "one after another; quorum is kept (2 of 3)" in corotui("plan", quick).stdout
    done = corotui("apply", quick, "--yes", "--json")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    ends = [e["node"] for e in events if step("start", "done")(e) and e["node"]]
    begins = [e["node"] for e in events if step("start", "running")(e) and e["node"]]
    assert ends == begins == [node.name for node in practice.nodes]
    after = on_all(practice, "pidof corosync")
    assert all(after[name] != before for name, before in processes.items())
    healthy(quick)


def test_a_node_that_joins_a_ring_restarts_nobody(quick: Path, practice: PracticeCluster) -> None:
    """Two nodes in a ring, then cluster.toml and corosync.conf get the third."""
    text = (quick / "corosync.conf").read_text()
    toml = (quick / "cluster.toml").read_text()
    third = text[text.index("\tnode {\n\t\tname: node3") : text.index("}\n\nquorum")]
    (quick / "corosync.conf").write_text(text.replace(third, ""))
    last = toml.rindex("[[node]]")
    end = toml.find("\n[", last + 1)
    (quick / "cluster.toml").write_text(toml[:last] + (toml[end + 1 :] if end > 0 else ""))
    assert corotui("apply", quick, "--yes").returncode == 0
    assert healthy(quick)["members"] == ["node1", "node2"]
    processes = on_all(practice, "pidof corosync || true")

    (quick / "corosync.conf").write_text(text)
    (quick / "cluster.toml").write_text(toml)
    done = corotui("apply", quick, "--yes")
    assert done.returncode == 0, done.stderr
    assert healthy(quick)["members"] == ["node1", "node2", "node3"]
    after = on_all(practice, "pidof corosync")
    assert {name: after[name] for name in ("node1", "node2")} == {n: processes[n] for n in ("node1", "node2")}


def test_a_start_that_fails_on_one_node_is_undone_on_all(quick: Path, practice: PracticeCluster) -> None:
    unit = "/run/systemd/system/corosync.service.d"
    broken = f"mkdir -p {unit}; printf '[Service]\\nExecStartPre=/bin/false\\n' >{unit}/broken.conf"
    inside(practice, "node2", f"{broken}; systemctl daemon-reload")
    try:
        before = fingerprint(practice)
        done = corotui("apply", quick, "--yes")
        assert done.returncode == 1, done.stderr
        last = done.stderr.splitlines()[-1]
        assert last.startswith("node2: ")
        assert "Control process exited" in last
        assert "as they were before" in last
        assert without_ringids(fingerprint(practice)) == without_ringids(before)
    finally:
        inside(practice, "node2", f"rm -r {unit}; systemctl daemon-reload")
    assert corotui("apply", quick, "--yes").returncode == 0


def test_a_ring_that_cannot_form_is_reported_node_by_node(quick: Path, practice: PracticeCluster) -> None:
    drop = (
        "nft add table inet mute; nft add chain inet mute in '{ type filter hook input priority 0; }';"
        " nft add rule inet mute in udp dport 5405 drop"
    )
    # Not as a host firewall: that would be mended before.
    hidden = f"nsenter --net=/proc/1/ns/net sh -c {json.dumps(drop)}"
    conf = quick / "corosync.conf"
    conf.write_text(conf.read_text().replace("token: 1000", "token: 300\n\tconsensus: 400"))
    events_before_start = step("start", "running")
    code, events = hinder(quick, events_before_start, lambda: inside(practice, "node3", hidden))
    try:
        assert code == 1
        last = events[-1]
        assert last["result"] == "failed"
        assert last["missing"]["node3"] == "does not see node1, node2"
        assert "node3" in last["missing"]["node1"]
        assert "doctor" in last["next"]
    finally:
        inside(practice, "node3", "nft delete table inet mute")
    again = corotui("apply", quick, "--yes")
    assert again.returncode == 0, again.stderr
    assert "Nothing to change." in again.stderr


def test_a_disk_that_fills_up_while_staging_changes_no_node(quick: Path, practice: PracticeCluster) -> None:
    inside(practice, "node3", "mount -t tmpfs -o size=2m tmpfs /etc/corosync")
    try:
        before = fingerprint(practice)

        def fill() -> None:
            inside(practice, "node3", "head -c 4m /dev/zero >/etc/corosync/filler || true")

        code, events = hinder(quick, step("stage", "running"), fill)
        assert code == 1
        errors = [event for event in events if event.get("error")]
        assert errors[-1]["node"] == "node3"
        assert "No space left" in errors[-1]["what"]
        inside(practice, "node3", "rm -f /etc/corosync/filler")
        assert fingerprint(practice) == before
    finally:
        inside(practice, "node3", "umount /etc/corosync")


@pytest.mark.parametrize(
    ("at", "finished"),
    [
        (step("stage", "done", "node2"), False),
        (step("test", "running"), False),
        (step("commit", "running"), True),
        (step("start", "running"), True),
        (step("ring", "running"), True),
    ],
    ids=["staged", "test", "commit", "start", "ring"],
)
def test_killed_in_the_middle_recover_ends_it(
    at: object, finished: bool, quick: Path, practice: PracticeCluster
) -> None:
    before = fingerprint(practice)
    assert callable(at)
    code, _ = interrupt(quick, at, signal.SIGKILL)
    assert code == -signal.SIGKILL
    refused = corotui("apply", quick, "--yes")
    assert refused.returncode == 4
    assert "recover" in refused.stderr
    done = corotui("recover", quick)
    assert done.returncode == 0, done.stderr
    if finished:
        healthy(quick)
        assert set(on_all(practice, "ls -A /etc/corosync").values()) == {"authkey\ncorosync.conf"}
    else:
        assert fingerprint(practice) == before
        assert corotui("apply", quick, "--yes").returncode == 0
    assert corotui("recover", quick).returncode == 0


def test_recover_can_go_back_after_the_commit(quick: Path, practice: PracticeCluster) -> None:
    before = fingerprint(practice)
    interrupt(quick, step("start", "running"), signal.SIGKILL)
    done = corotui("recover", quick, "--undo")
    assert done.returncode == 0, done.stderr
    assert without_ringids(fingerprint(practice)) == without_ringids(before)


def test_a_signal_before_the_commit_undoes_staging(quick: Path, practice: PracticeCluster) -> None:
    before = fingerprint(practice)
    code, events = interrupt(quick, step("stage", "running"), signal.SIGHUP)
    assert code == 130
    assert events[-1]["result"] == "interrupted"
    assert fingerprint(practice) == before
    assert corotui("apply", quick, "--yes").returncode == 0


def test_a_signal_in_the_commit_finishes_it(quick: Path, practice: PracticeCluster) -> None:
    code, events = interrupt(quick, step("commit", "running"), signal.SIGTERM)
    assert code == 130
    assert events[-1]["event"] == "done"
    deadline = time.monotonic() + 180
    while corotui("status", quick, "--json").returncode != 0:
        assert time.monotonic() < deadline, "the ring that was begun does not form"
    assert "Nothing to change." in corotui("apply", quick, "--yes").stderr


def test_a_terminal_that_goes_in_the_commit_leaves_no_half(quick: Path, practice: PracticeCluster) -> None:
    leave_terminal(["apply", str(quick), "--yes"], "  commit")
    sums = on_all(practice, "cd /etc/corosync; sha256sum corosync.conf authkey; ls -A | wc -l")
    assert len(set(sums.values())) == 1
    deadline = time.monotonic() + 180
    while corotui("status", quick, "--json").returncode != 0:
        assert time.monotonic() < deadline, "the ring that was begun does not form"


def test_a_node_that_hangs_is_bounded_and_named(quick: Path, practice: PracticeCluster) -> None:
    """The node drops all packets once the work has begun: every wait on it has an end."""
    others = [node.name for node in practice.nodes if node.name != "node3"]
    before = fingerprint(practice)
    drop = (
        "nft add table inet hang; nft add chain inet hang in '{ type filter hook input priority 0; }';"
        " nft add rule inet hang in tcp dport 22 drop"
    )
    try:
        code, events = hinder(quick, step("stage", "running"), lambda: inside(practice, "node3", drop))
        assert code in (1, 3), events[-3:]
        assert "node3" in json.dumps(events[-1])
    finally:
        inside(practice, "node3", "nft delete table inet hang 2>/dev/null || true")
    after = fingerprint(practice)
    assert {name: after[name] for name in others} == {name: before[name] for name in others}
    done = corotui("recover", quick)
    assert done.returncode == 0, done.stderr
