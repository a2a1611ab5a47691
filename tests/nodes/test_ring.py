"""The ring as real nodes tell it: one look, the watch, and the verbs over them."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from corotui import practice as room
from corotui.directory import Directory
from corotui.doctor import examine
from corotui.practice import PracticeCluster
from corotui.ring import Ring, RingEvent, query_ring, watch
from corotui.ring.expected import ExpectedRing
from corotui.ssh.connections import Connections
from corotui.ssh.fanout import Shells
from corotui.ssh.shell import NonInteractive
from tests.support.nodes.practice_factory import PracticeFactory
from tests.support.nodes.ring_setup import form_ring, inside, wait_for_members

pytestmark = pytest.mark.nodes

NAMES = ("node1", "node2", "node3")


@asynccontextmanager
async def connected(practice: PracticeCluster) -> AsyncIterator[Connections]:
    directory = Directory.open(practice.directory)
    async with Connections(
        directory.read_cluster(), known_hosts=directory.known_hosts, prompter=NonInteractive()
    ) as connections:
        yield connections


@asynccontextmanager
async def watched(practice: PracticeCluster) -> AsyncIterator[AsyncGenerator[Ring | RingEvent, None]]:
    async with (
        connected(practice) as connections,
        aclosing(watch(connections, ExpectedRing(NAMES), interval=0.5)) as happening,
    ):
        yield happening


def corotui(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "corotui", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


async def until(events: AsyncIterator[object], *texts: str, limit: float = 60.0) -> dict[str, RingEvent]:
    """Reads events until each of these texts came; returns them by text."""
    events_by_text: dict[str, RingEvent] = {}
    async with asyncio.timeout(limit):
        while not set(texts) <= events_by_text.keys():
            item = await anext(events)
            if isinstance(item, RingEvent):
                events_by_text[item.text] = item
    return events_by_text


async def test_every_node_sees_every_node(ring: PracticeCluster) -> None:
    async with connected(ring) as connections:
        seen = await query_ring(await connections.open(), ExpectedRing(NAMES))
    assert seen.healthy, seen.findings
    assert seen.members == NAMES
    for node in seen.nodes:
        assert (node.corosync_version, node.error) == ("3.1.7", "")
        assert {link.peer for link in node.links if link.connected} == set(NAMES) - {node.name}
        assert all(link.latency is not None and link.mtu is not None for link in node.links)
        assert (node.votes, node.total_votes, node.quorum) == (1, 3, 2)


async def test_a_hung_daemon_costs_five_seconds_and_no_exception(ring: PracticeCluster) -> None:
    room.inject("daemon-hung", "node3", name=ring.name)
    async with connected(ring) as connections:
        async with asyncio.timeout(30):  # five seconds and what a busy machine adds
            shells = Shells({"node3": await connections.shell("node3")})
            (found,) = (await query_ring(shells, ExpectedRing(("node3",)))).nodes
    assert (found.reachable, found.running, found.hung) == (True, True, True)


async def test_the_watch_tells_a_leave_from_a_loss(ring: PracticeCluster) -> None:
    async with watched(ring) as happening:
        first = await anext(happening)
        assert not isinstance(first, RingEvent)
        assert first.healthy
        await asyncio.to_thread(inside, ring, "node3", "systemctl stop corosync")
        told = await until(happening, "node3 left", "corosync stopped on node3")
        assert told["node3 left"].detail == "2 members, quorum kept"
        await asyncio.to_thread(inside, ring, "node3", "systemctl start corosync")
        await until(happening, "corosync runs on node3", "node3 joined")
        await asyncio.to_thread(wait_for_members, ring, dict.fromkeys(NAMES, 3))
        await asyncio.to_thread(inside, ring, "node3", "kill -KILL $(pidof corosync)")
        told = await until(happening, "node3 lost (no leave message)")


async def test_the_watch_keeps_a_lost_node_and_finds_it_again(ring: PracticeCluster) -> None:
    async with watched(ring) as happening:
        await anext(happening)
        await asyncio.to_thread(room.inject, "node-off", "node3", name=ring.name)
        told = await until(happening, "node3 cannot be reached", "node3 lost (no leave message)")
        assert told["node3 cannot be reached"].node == "node3"
        await asyncio.to_thread(room.heal, name=ring.name)
        await until(happening, "node3 answers", "node3 joined", limit=90)


async def test_quorum_lost_and_regained(ring: PracticeCluster) -> None:
    async with watched(ring) as happening:
        await anext(happening)
        await asyncio.to_thread(room.inject, "majority-lost", "node1", name=ring.name)
        await until(happening, "quorum lost")
        await asyncio.to_thread(room.heal, name=ring.name)
        await until(happening, "quorum regained")


def test_status_is_a_document_with_an_exit_code(ring: PracticeCluster) -> None:
    healthy = corotui("status", ring.directory, "--json")
    document = json.loads(healthy.stdout)
    assert healthy.returncode == 0
    assert (document["healthy"], document["quorate"], document["expected"]) == (True, True, 3)
    assert document["members"] == list(NAMES)
    assert document["nodes"][0]["links"][0]["peer"] == "node2"
    room.inject("daemon-stopped", "node3", name=ring.name)
    assert corotui("status", ring.directory, "--json").returncode == 1
    text = corotui("status", ring.directory)
    assert text.returncode == 1
    assert max(len(line) for line in text.stdout.splitlines() if "[" not in line) <= 80
    room.heal(name=ring.name)
    room.inject("node-off", "node3", name=ring.name)
    off = corotui("status", ring.directory, "--json")
    assert off.returncode == 3
    assert json.loads(off.stdout)["nodes"][2]["reachable"] is False


def test_watch_ends_after_the_given_time(ring: PracticeCluster) -> None:
    done = corotui("watch", ring.directory, "--json", "--for", "3")
    assert done.returncode == 0
    first = json.loads(done.stdout.splitlines()[0])
    assert (first["event"], first["healthy"]) == ("ring", True)


async def test_one_link_of_two_is_lost_redundancy(practice_factory: PracticeFactory) -> None:
    practice = practice_factory(nodes=2, links=2, bare=False)
    form_ring(practice)
    names = ["node1", "node2"]
    room.inject("link-down", "node2", name=practice.name)
    async with connected(practice) as connections:
        shells = await connections.open()
        for _ in range(60):
            seen = await query_ring(shells, ExpectedRing(tuple(names)))
            if not seen.healthy:
                break
            await asyncio.sleep(0.5)
        assert seen.quorate
        assert {finding.code for finding in seen.findings} == {"link-down"}
        found = await examine(shells, cluster=Directory.open(practice.directory).read_cluster(), conf=None)
    assert {finding.code for finding in found} <= {"interface-down", "link-down"}
    assert found
