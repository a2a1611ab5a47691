"""The commands for /etc/hosts, run for real on a file of their own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from corotui.cluster.finding import Remedy
from corotui.network.etc_hosts import own_name_remedy, peer_names_remedy


def run(remedy: Remedy, etc: Path) -> str:
    for line in remedy.commands:
        moved = line.replace("/etc/hosts", str(etc / "hosts"))
        subprocess.run(["sh", "-c", moved], check=True, capture_output=True)
    return (etc / "hosts").read_text()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("127.0.0.1 localhost\n127.0.1.1 node2\n", "127.0.0.1 localhost\n10.0.0.2\tnode2\n"),
        (
            "127.0.0.1\tlocalhost node2 # mine\n::1 ip6-localhost NODE2\n",
            "127.0.0.1\tlocalhost\n::1\tip6-localhost\n10.0.0.2\tnode2\n",
        ),
        ("# 127.0.1.1 node2\n127.0.0.1 localhost", "# 127.0.1.1 node2\n127.0.0.1 localhost\n10.0.0.2\tnode2\n"),
        ("127.0.1.1 node2\n192.168.0.2 node2 db # kept\n", "192.168.0.2 node2 db # kept\n"),
        ("127.0.1.1 node22 xnode2\n", "127.0.1.1 node22 xnode2\n10.0.0.2\tnode2\n"),
        ("", "10.0.0.2\tnode2\n"),
    ],
)
def test_a_name_leaves_loopback(tmp_path: Path, before: str, after: str) -> None:
    (tmp_path / "hosts").write_text(before)
    remedy = own_name_remedy("node2", ["node2"], "10.0.0.2")
    assert run(remedy, tmp_path) == after
    assert run(remedy, tmp_path) == after
    assert (tmp_path / "hosts.corotui").read_text() == before
    assert not (tmp_path / "hosts.corotui-new").exists()


def test_all_forms_of_the_name(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("127.0.1.1 node2.example.org node2\n")
    assert run(own_name_remedy("node2", ["node2.example.org", "node2"], "10.0.0.2"), tmp_path) == (
        "10.0.0.2\tnode2.example.org node2\n"
    )


def test_hostile_names_stay_words(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("127.0.0.1 localhost\n")
    text = run(own_name_remedy("x", ["$(touch pwned);'"], "10.0.0.2"), tmp_path)
    assert "$(touch pwned);'" in text
    assert not (tmp_path / "pwned").exists()


def test_missing_names_are_added_once(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("127.0.0.1 localhost\n10.0.0.1 node1")
    remedy = peer_names_remedy("node1", {"node1": "10.0.0.1", "node2": "10.0.0.2"})
    assert run(remedy, tmp_path) == "127.0.0.1 localhost\n10.0.0.1 node1\n10.0.0.2\tnode2\n"
    assert run(remedy, tmp_path) == "127.0.0.1 localhost\n10.0.0.1 node1\n10.0.0.2\tnode2\n"
