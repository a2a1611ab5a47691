from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from corotui.errors import NodeUnreachableError
from corotui.ring import Ring, RingEvent, watch
from corotui.ring.expected import ExpectedRing
from corotui.ssh.remote_script import OutputSection
from corotui.ssh.shell import Shell
from tests.support.ring_outputs import framed, ring_shell, sections_317

DOWN = OutputSection("Failed to initialize the cmap API. Error CS_ERR_LIBRARY", 1)


class Nodes:
    """A Source whose nodes answer what `states` says now: "up", "stopped" or "gone"."""

    def __init__(self, **states: str) -> None:
        self.states = states
        self.opened = 0

    async def shell(self, name: str) -> Shell:
        self.opened += 1
        if self.states[name] == "gone":
            raise NodeUnreachableError("no route to host", node=name, stage="connect")
        return ring_shell(name, lambda mark: framed(self._sections(name), mark))

    def _sections(self, name: str) -> dict[str, OutputSection]:
        if self.states[name] == "stopped":
            return {"version": sections_317()["version"], "cmap": DOWN, "quorumtool": DOWN}
        return sections_317()


async def follow(nodes: Nodes, script: dict[int, tuple[str, str]], until: str) -> tuple[list[Ring], list[RingEvent]]:
    """Follows until an event with that text; `script`: number of rings seen -> (node, new state)."""
    rings: list[Ring] = []
    events: list[RingEvent] = []
    async with (
        asyncio.timeout(20),
        aclosing(watch(nodes, ExpectedRing(tuple(nodes.states), {1: "node1"}), interval=0.05)) as happening,
    ):
        async for item in happening:
            if isinstance(item, RingEvent):
                events.append(item)
                if item.text == until:
                    break
                continue
            rings.append(item)
            if change := script.get(len(rings)):
                nodes.states[change[0]] = change[1]
    return rings, events


async def test_a_stopped_daemon_is_reported() -> None:
    _, events = await follow(Nodes(node1="up"), {2: ("node1", "stopped")}, "corosync stopped on node1")
    assert [event.node for event in events] == ["node1"]


async def test_a_lost_node_keeps_its_last_view_and_comes_back() -> None:
    nodes = Nodes(node1="up", other="stopped")
    rings, events = await follow(nodes, {2: ("node1", "gone"), 5: ("node1", "up")}, "node1 answers")
    lost = next(ring for ring in rings if not ring.nodes[0].reachable)
    assert lost.nodes[0].members == ("node1", "n2")
    assert lost.nodes[0].error == "no route to host"
    assert not lost.healthy
    assert [event.text for event in events] == ["node1 cannot be reached", "node1 answers"]


async def test_the_first_ring_holds_every_node() -> None:
    async with aclosing(watch(Nodes(node1="up", node2="gone"), ExpectedRing(("node1", "node2")))) as happening:
        first = await anext(happening)
    assert isinstance(first, Ring)
    assert [(node.name, node.reachable) for node in first.nodes] == [("node1", True), ("node2", False)]


async def test_closing_ends_the_tasks() -> None:
    before = len(asyncio.all_tasks())
    async with aclosing(watch(Nodes(node1="up"), ExpectedRing(("node1",)))) as happening:
        await anext(happening)
        assert len(asyncio.all_tasks()) > before
    assert len(asyncio.all_tasks()) == before


async def test_a_defect_is_raised() -> None:
    class Broken:
        async def shell(self, name: str) -> Shell:
            raise ZeroDivisionError

    async with asyncio.timeout(20):
        happening = watch(Broken(), ExpectedRing(("node1",)), interval=0.05)
        with pytest.raises(ZeroDivisionError):
            async for _ in happening:
                pass


async def test_nothing_to_watch() -> None:
    with pytest.raises(ValueError):
        await anext(watch(Nodes(), ExpectedRing(())))
