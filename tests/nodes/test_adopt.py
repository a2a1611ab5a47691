"""`corotui new` and `corotui adopt` against a ring that runs."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest

from corotui.practice import PracticeCluster
from tests.support.nodes.cli_runner import corotui, document, healthy
from tests.support.nodes.ring_setup import inside

pytestmark = pytest.mark.nodes


def adopt(ring: PracticeCluster, where: Path, *words: str) -> tuple[int, str]:
    key = next(ring.directory.glob("*_key"))
    done = corotui("adopt", f"ec2-user@{ring.nodes[0].host}", where, "--sudo", "--key", key, *words, timeout=60)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def test_a_running_cluster_becomes_a_directory(ring: PracticeCluster, tmp_path: Path) -> None:
    where = tmp_path / "adopted"
    code, said = adopt(ring, where, "--accept-new-host-keys")
    assert code == 0, said
    digest = hashlib.sha256((where / "corosync.conf").read_bytes()).hexdigest()
    assert inside(ring, "node1", "sha256sum /etc/corosync/corosync.conf").split()[0] == digest
    written = tomllib.loads((where / "cluster.toml").read_text())
    assert [node["name"] for node in written["node"]] == [node.name for node in ring.nodes]
    assert corotui("status", where, "--accept-new-host-keys").returncode == 0
    assert healthy(where)["members"] == [node.name for node in ring.nodes]
    again = document(corotui("plan", where, "--json"))
    assert again["empty"], again


def test_without_a_yes_to_the_host_key_nothing_is_made(ring: PracticeCluster, tmp_path: Path) -> None:
    code, said = adopt(ring, tmp_path / "adopted")
    assert code == 4
    assert "SHA256:" in said
    assert list(tmp_path.iterdir()) == []


def test_a_directory_in_use_is_left_alone(ring: PracticeCluster, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("kept")
    code, said = adopt(ring, tmp_path, "--accept-new-host-keys")
    assert code == 4
    assert "not empty" in said
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_new_directory_reaches_its_nodes(ring: PracticeCluster, tmp_path: Path) -> None:
    where = tmp_path / "db"
    words = [f"{node.name}=ec2-user@{node.host}" for node in ring.nodes]
    assert corotui("new", where, *words, "--sudo").returncode == 0
    done = corotui("facts", where, "--accept-new-host-keys", "--json")
    assert done.returncode == 3  # the practice key is not among the operator's own
    assert "ec2-user" in done.stderr + done.stdout
