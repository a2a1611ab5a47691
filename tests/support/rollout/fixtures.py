"""Three machines and a cluster directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from corotui import ring
from corotui.cluster.events import Purpose
from corotui.cluster.model import Node
from corotui.conf import NodeSpec, RingSpec, generate_conf
from corotui.directory import Directory
from corotui.ring.expected import ExpectedRing
from corotui.ring.model import Ring
from corotui.ssh.fanout import Shells
from tests.support.rollout.machines import Machine, ring_of

NAMES = ("node1", "node2", "node3")


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    made = Directory.create(tmp_path / "db", "db")
    for number, name in enumerate(NAMES, 1):
        made.add_node(Node(name, f"10.0.0.{number}"))
    return made


@pytest.fixture
def conf() -> bytes:
    nodes = tuple(NodeSpec(name, number, (f"10.0.0.{number}",)) for number, name in enumerate(NAMES, 1))
    return generate_conf(RingSpec("db", nodes))


@pytest.fixture
def machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Machine]:
    """Machines whose ring is whole as soon as all of them run."""
    made = {name: Machine(name, tmp_path / name) for name in NAMES}

    async def query_ring(
        shells: Shells,
        expected: ExpectedRing,
        *,
        purpose: Purpose = Purpose.WORK,
    ) -> Ring:
        return ring_of(made)

    monkeypatch.setattr(ring, "query_ring", query_ring)
    return made
