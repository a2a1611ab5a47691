"""The watch over the ring: every node asked again and again, its last word kept, changes told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from corotui.cluster.events import Purpose
from corotui.errors import AuthenticationError, CorotuiError, HostKeyError
from corotui.ring.events import ChangeTracker
from corotui.ring.membership import merge_views
from corotui.ring.model import NodeView, Ring, RingEvent
from corotui.ring.node_report import NodeReport
from corotui.ring.query import fetch_report, named_views
from corotui.ssh.shell import Shell

SILENT_AFTER = 8.0  # seconds: longer than a question to a hung corosync takes, so the node itself does not answer
_LONGEST_PAUSE = 15.0  # seconds between attempts on a node that cannot be reached
_PAUSE_AFTER_REFUSAL = 60.0  # seconds: trying a refused login again and again locks accounts


class ShellProvider(Protocol):
    """Where shells come from: `Connections` opens a node, or opens it again after it was lost."""

    async def shell(self, name: str) -> Shell:
        """A usable shell; raises NodeUnreachableError, AuthenticationError, HostKeyError."""


async def watch(
    connections: ShellProvider, *, expected: Sequence[str], names: Mapping[int, str], interval: float = 1.0
) -> AsyncGenerator[Ring | RingEvent, None]:
    """A Ring each time nodes said something new, followed by what changed since the Ring before; without end.

    Nodes are asked every `interval` seconds, each for itself; one that takes long is asked less often, one that is lost
    is tried again with growing pauses. A node that does not answer stays with its last word, `reachable` False.
    Close the generator (`aclosing`) to end the tasks behind it.
    """
    if not expected:
        raise ValueError("a ring without nodes cannot be watched")
    words = _WatchState(expected)
    pollers = [asyncio.create_task(_poll(connections, name, words, interval)) for name in expected]
    for poller in pollers:
        poller.add_done_callback(words.poller_ended)
    changes = ChangeTracker()
    try:
        await words.wait_for_all(max(3.0, interval))
        while True:
            for poller in pollers:
                if poller.done():
                    poller.result()
            ring = merge_views(words.views(names), expected)
            yield ring
            for event in changes.update(ring, time.time()):
                yield event
            await words.wait_for_change(interval)
    finally:
        for poller in pollers:
            poller.cancel()
        await asyncio.gather(*pollers, return_exceptions=True)


class _WatchState:
    """Each node's last word, or why there is none."""

    def __init__(self, expected: Sequence[str]) -> None:
        self._order = tuple(expected)
        self._readings: dict[str, NodeReport] = {}
        self._errors: dict[str, CorotuiError] = {}
        self._asked: dict[str, float] = {}
        self._ids: dict[int, str] = {}  # which node had an id when it last told, for files without names
        self._changed = asyncio.Event()
        self._poller_ended = False

    def poller_ended(self, poller: asyncio.Task[None]) -> None:
        """A poller ends only by a defect or when the watch is closed: nothing is waited for any more."""
        self._poller_ended = True
        self._changed.set()

    def query_began(self, name: str) -> None:
        self._asked[name] = time.monotonic()

    def record(self, name: str, answer: NodeReport | CorotuiError) -> None:
        self._asked.pop(name, None)
        if isinstance(answer, NodeReport):
            self._readings[name] = answer
            if answer.node_id is not None:
                self._ids[answer.node_id] = name
            self._errors.pop(name, None)
        else:
            self._errors[name] = answer
        self._changed.set()

    async def wait_for_all(self, limit: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(limit):
                while not self._poller_ended and len(self._readings.keys() | self._errors.keys()) < len(self._order):
                    self._changed.clear()
                    await self._changed.wait()
        self._changed.clear()

    async def wait_for_change(self, limit: float) -> None:
        """Returns when a node said something, and shortly after so that words of one round come together; or after
        `limit` seconds, for silence is news, too."""
        with suppress(TimeoutError):
            async with asyncio.timeout(limit):
                await self._changed.wait()
                await asyncio.sleep(min(0.1, limit / 4))
        self._changed.clear()

    def views(self, names: Mapping[int, str]) -> list[NodeView]:
        now = time.monotonic()
        nobody = (NodeView(name=name, reachable=False, taken_at=0.0) for name in self._order)
        found = named_views([self._readings.get(view.name, view) for view in nobody], {**self._ids, **names})
        return [self._with_error(view, now) for view in found]

    def _with_error(self, view: NodeView, now: float) -> NodeView:
        error = self._errors.get(view.name)
        if error is not None:
            return replace(view, reachable=False, error=error.what)
        if view.name not in self._readings:
            return replace(view, reachable=False, error="it has not answered yet")
        waits = now - self._asked.get(view.name, now)
        if waits > SILENT_AFTER:
            return replace(view, reachable=False, error=f"it has not answered for {waits:.0f} s")
        return view


async def _poll(connections: ShellProvider, name: str, state: _WatchState, interval: float) -> None:
    pause = interval
    while True:
        began = time.monotonic()
        state.query_began(name)
        try:
            state.record(name, await fetch_report(await connections.shell(name), Purpose.POLL))
            took = time.monotonic() - began
            pause = interval
            rest = max(interval - took, took)
        except (AuthenticationError, HostKeyError) as error:
            state.record(name, error)
            rest = _PAUSE_AFTER_REFUSAL
        except CorotuiError as error:
            state.record(name, error)
            rest = pause
            pause = min(pause * 2, _LONGEST_PAUSE)
        await asyncio.sleep(rest)
