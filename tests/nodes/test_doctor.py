"""Every fault that practice can inject, on a real ring: the doctor names it and its node, and mends what it can."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from corotui import practice as room
from corotui.cluster.finding import Finding, Severity
from corotui.directory import Directory
from corotui.doctor import examine
from corotui.practice import PracticeCluster
from corotui.remedies import runner
from corotui.ring import query_ring
from corotui.ring.expected import ExpectedRing
from corotui.ssh.connections import Connections
from corotui.ssh.fanout import Shells
from corotui.ssh.shell import NonInteractive

pytestmark = pytest.mark.nodes

VICTIM = "node3"


@asynccontextmanager
async def opened(practice: PracticeCluster) -> AsyncIterator[Shells]:
    directory = Directory.open(practice.directory)
    async with Connections(
        directory.read_cluster(), known_hosts=directory.known_hosts, prompter=NonInteractive()
    ) as connections:
        yield await connections.open()


async def diagnosed(practice: PracticeCluster, shells: Shells, code: str, *, limit: float = 120.0) -> Finding:
    """The first finding, once it is of that code and certain; a ring needs seconds to notice a fault."""
    cluster = Directory.open(practice.directory).read_cluster()
    deadline = time.monotonic() + limit
    while True:
        found = await examine(shells, cluster=cluster, conf=None)
        if found and found[0].code == code and found[0].certain:
            return found[0]
        assert time.monotonic() < deadline, [(item.code, item.node, item.certain, item.evidence) for item in found]
        await asyncio.sleep(1.0)


async def whole(practice: PracticeCluster, shells: Shells, *, limit: float = 180.0) -> None:
    """Until every node is in one ring and every link is up."""
    names = [node.name for node in practice.nodes]
    deadline = time.monotonic() + limit
    while not (ring := await query_ring(shells, ExpectedRing(tuple(names)))).healthy:
        assert time.monotonic() < deadline, ring.findings
        await asyncio.sleep(0.5)


async def test_a_healthy_ring_has_nothing_wrong(ring: PracticeCluster) -> None:
    async with opened(ring) as shells:
        await whole(ring, shells)
        assert await examine(shells, cluster=Directory.open(ring.directory).read_cluster(), conf=None) == ()


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("host-firewall", "host-firewall"),
        ("host-firewall-out", "host-firewall-out"),
        ("address-gone", "address-gone"),
        ("name-on-loopback", "name-on-loopback"),
        ("authkey-differs", "authkey-differs"),
        ("not-in-nodelist", "not-in-nodelist"),
        ("conf-refused", "conf-refused"),
        ("log-directory-missing", "log-directory-missing"),
        ("daemon-stopped", "daemon-stopped"),
        ("daemon-hung", "daemon-hung"),
        ("already-running", "already-running"),
    ],
)
async def test_a_fault_of_one_node_is_named_and_fixed(ring: PracticeCluster, fault: str, code: str) -> None:
    room.inject(fault, VICTIM, name=ring.name)
    async with opened(ring) as shells:
        found = await diagnosed(ring, shells, code)
        assert (found.node, found.severity) == (VICTIM, Severity.ERROR)
        assert len(found.evidence) > 1
        done = await runner.run_remedies(found.remedies, shells)
        assert all(item.ok for item in done), done
        await whole(ring, shells)


@pytest.mark.parametrize(
    ("fault", "code", "node"),
    [
        ("security-group", "silent-drop", VICTIM),
        ("state-dir-read-only", "state-directory", VICTIM),
        ("node-off", "node-unreachable", VICTIM),
    ],
)
async def test_a_fault_that_only_a_person_can_fix_is_named(
    ring: PracticeCluster, fault: str, code: str, node: str
) -> None:
    room.inject(fault, VICTIM, name=ring.name)
    async with opened(ring) as shells:
        found = await diagnosed(ring, shells, code)
    assert found.node == node
    assert all(remedy.manual and not remedy.commands for remedy in found.remedies)


async def test_a_pair_that_is_apart_is_named_as_a_pair(ring: PracticeCluster) -> None:
    room.inject("pair-cut", "node1", name=ring.name)
    async with opened(ring) as shells:
        found = await diagnosed(ring, shells, "silent-drop")
    assert (found.node, found.place) == (None, "node1-node2")


async def test_another_configuration_that_still_forms_a_ring_is_a_warning(ring: PracticeCluster) -> None:
    room.inject("conf-differs", VICTIM, name=ring.name)
    async with opened(ring) as shells:
        await whole(ring, shells)
        found = await diagnosed(ring, shells, "conf-differs")
        assert (found.node, found.severity) == (VICTIM, Severity.WARNING)
        assert [item.ok for item in await runner.run_remedies(found.remedies, shells)] == [True]
        await whole(ring, shells)
        assert await examine(shells, cluster=Directory.open(ring.directory).read_cluster(), conf=None) == ()


async def test_a_lost_majority_comes_before_its_reasons_and_is_fixed_with_them(ring: PracticeCluster) -> None:
    room.inject("majority-lost", VICTIM, name=ring.name)
    async with opened(ring) as shells:
        found = await diagnosed(ring, shells, "majority-lost")
        assert {remedy.node for remedy in found.remedies} == {"node1", "node2"}
        done = await runner.run_remedies(found.remedies, shells)
        assert all(item.ok for item in done), done
        await whole(ring, shells)
