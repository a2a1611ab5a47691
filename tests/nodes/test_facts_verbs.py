"""`corotui facts` and `corotui check` on practice nodes, with one that is off."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from corotui import practice as room
from corotui.practice import PracticeCluster

pytestmark = pytest.mark.nodes


def corotui(*words: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-m", "corotui", *words], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def document(*words: str) -> tuple[int, dict[str, Any]]:
    code, out = corotui(*words, "--json")
    found = json.loads(out)
    assert isinstance(found, dict)
    return code, found


def test_facts(practice: PracticeCluster) -> None:
    code, found = document("facts", str(practice.directory))
    assert code == 0
    assert list(found["nodes"]) == [node.name for node in practice.nodes]
    assert found["nodes"]["node1"]["os"]["id"] == "debian"
    code, found = document("facts", str(practice.directory), "--node", "node2")
    assert (code, list(found["nodes"])) == (0, ["node2"])
    code, text = corotui("facts", str(practice.directory), "--node", "node2")
    assert code == 0
    assert f"eth0     {practice.node('node2').host}/24" in text


def test_check_tells_errors_by_its_exit_code(practice: PracticeCluster) -> None:
    code, found = document("check", str(practice.directory))
    assert code == 0, found
    assert [link["recommended"] for link in found["links"]] == [True]
    assert found["proved"] == []
    room.inject("host-firewall", "node2", name=practice.name)
    try:
        code, found = document("check", str(practice.directory))
    finally:
        room.heal(name=practice.name)
    assert code == 1
    blocked = [one for one in found["findings"] if one["code"] == "host-firewall"]
    assert [(one["node"], one["severity"]) for one in blocked] == [("node2", "error")]
    assert any("nft" in command for command in blocked[0]["remedies"][0]["commands"])


def test_check_proves_that_udp_passes(practice: PracticeCluster) -> None:
    code, found = document("check", str(practice.directory), "--prove")
    assert code == 0, found
    (proof,) = found["proved"]
    assert proof["ok"]
    assert len(proof["pairs"]) == len(practice.nodes) * (len(practice.nodes) - 1)
    assert "all 6 pairs" in corotui("check", str(practice.directory), "--prove")[1]


def test_a_node_without_sshd_is_named_and_the_others_are_reported(practice: PracticeCluster) -> None:
    room.execute(practice.name, "node3", ["systemctl", "stop", "ssh"])
    try:
        code, found = document("facts", str(practice.directory))
        checked, findings = document("check", str(practice.directory))
    finally:
        room.execute(practice.name, "node3", ["systemctl", "start", "ssh"])
    assert (code, checked) == (3, 3)
    assert found["nodes"]["node3"]["error"] == "NodeUnreachableError"
    assert found["nodes"]["node1"]["hostname"] == "node1"
    assert list(findings["failed"]) == ["node3"]
