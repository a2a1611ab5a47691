"""corosync 1.4 on nodes without systemd: no -t, `service`, corosync-objctl. The daemon is a stand-in, see there."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from corotui import practice as room
from corotui.practice import PracticeCluster, Shape
from tests.support.nodes.cli_runner import corotui, directory, document, healthy, on_all
from tests.support.nodes.ring_setup import inside
from tests.support.nodes.standin_1_4 import HERE, dress, leave

pytestmark = pytest.mark.nodes

STATE = "find /etc/corosync -type f; pidof corosync >/dev/null && echo runs; ls /etc/rc3.d | grep ^S.*corosync || :"


@pytest.fixture(scope="module")
def old(possible: None) -> Iterator[PracticeCluster]:
    name = f"t{os.getpid()}-sysv"
    try:
        practice = room.up(name, Shape())
        dress(practice)
        yield practice
    finally:
        room.down(name)


@pytest.fixture(scope="module")
def path(old: PracticeCluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = directory(old, tmp_path_factory.mktemp("sysv") / "db")
    toml = made / "cluster.toml"
    toml.write_text(toml.read_text().partition("[install]")[0] + '[install]\nmethod = "present"\n')
    return made


def test_a_start_that_fails_on_one_node_is_undone_on_all(old: PracticeCluster, path: Path) -> None:
    before = on_all(old, STATE)
    inside(old, "node3", f"touch {HERE}/refuses")
    failed = corotui("apply", path, "--yes", "--json")
    assert failed.returncode == 1, failed.stderr
    error = json.loads(failed.stdout.splitlines()[-2])
    assert error["node"] == "node3"
    assert "service corosync start" in error["what"]
    assert "as they were" in error["changed"]
    assert on_all(old, STATE) == before
    inside(old, "node3", f"rm {HERE}/refuses")


def test_apply_forms_a_ring_and_finds_nothing_to_change_then(old: PracticeCluster, path: Path) -> None:
    done = corotui("apply", path, "--yes", "--json")
    assert done.returncode == 0, done.stderr[-3000:]
    events = [json.loads(line) for line in done.stdout.splitlines()]
    tests = {event["detail"] for event in events if event.get("step") == "test" and event["state"] == "done"}
    assert "corosync 1.4.2 has no test" in tests
    commands = {event["command"] for event in events if event["event"] == "command-started"}
    assert "sudo service corosync start" in commands
    assert not any("systemctl" in command for command in commands)
    conf = (path / "corosync.conf").read_text()
    assert conf.startswith("# The same file on every node")
    assert all(f"memberaddr: {node.host}\n" in conf for node in old.nodes)
    status = healthy(path)
    assert status["members"] == ["node1", "node2", "node3"]
    assert {node["corosync"] for node in status["nodes"]} == {"1.4.2"}
    state = on_all(old, STATE)
    assert all("runs" in said and "S" in said.splitlines()[-1] for said in state.values()), state
    assert "Nothing to change." in corotui("apply", path, "--yes").stderr
    assert corotui("doctor", path).returncode == 0
    assert document(corotui("build", path, "--install", "--json"))["next"].startswith(
        "Stop it there first: service corosync stop"
    )


def test_a_changed_token_is_restarted_node_by_node(old: PracticeCluster, path: Path) -> None:
    conf = path / "corosync.conf"
    conf.write_text(conf.read_text().replace("token: 10000", "token: 5000"))
    planned = corotui("plan", path).stdout
    assert "corosync is restarted on node1, node2, node3, one after another" in planned
    done = corotui("apply", path, "--yes")
    assert done.returncode == 0, done.stderr[-3000:]
    assert set(on_all(old, "corosync-objctl -a | grep ^totem.token").values()) == {"totem.token=5000"}
    inside(old, "node2", f"sed -i 's/token: 5000/token: 9000/' {HERE}/running")
    assert "corosync is restarted on node2." in corotui("plan", path).stdout, "its daemon holds another value"
    inside(old, "node2", "service corosync restart")


def test_a_stopped_node_is_named_and_started_again(old: PracticeCluster, path: Path) -> None:
    inside(old, "node3", "service corosync stop || :")
    leave(old, old.nodes[2].host)
    status = corotui("status", path, "--json")
    assert status.returncode == 1
    ring = document(status)
    assert (ring["members"], ring["quorate"]) == (["node1", "node2"], True)
    leave(old, "")
    mended = corotui("doctor", path, "--fix", "daemon-stopped", "--yes")
    assert mended.returncode == 0, mended.stdout + mended.stderr
    healthy(path)
