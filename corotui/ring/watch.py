"""Watches the ring: polls every node, keeps its last answer, and reports changes."""

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
from corotui.ring.expected import ExpectedRing
from corotui.ring.membership import merge_views
from corotui.ring.model import NodeView, Ring, RingEvent
from corotui.ring.node_report import NodeReport
from corotui.ring.query import fetch_report, named_views, size_of
from corotui.ssh.large_answers import parse_aside
from corotui.ssh.shell import Shell

SILENT_AFTER = 8.0  # seconds: longer than a query of a hung corosync takes, so it is the node that does not answer
_LONGEST_PAUSE = 15.0  # seconds between attempts on a node that cannot be reached
_PAUSE_AFTER_REFUSAL = 60.0  # seconds: repeated refused logins lock accounts


class ShellProvider(Protocol):
    """Opens a connection to a node, or opens it again after it was lost, as `Connections` does."""

    async def shell(self, name: str) -> Shell:
        """Returns a usable shell; raises NodeUnreachableError, AuthenticationError or HostKeyError."""


async def watch(
    connections: ShellProvider, expected: ExpectedRing, *, interval: float = 1.0
) -> AsyncGenerator[Ring | RingEvent, None]:
    """Yields a Ring whenever nodes have answered, each followed by its changes from the Ring before; it never ends.

    Each node is polled every `interval` seconds on its own: a slow one less often, a lost one with growing pauses. A
    node that does not answer keeps its last view, with `reachable` False. Close the generator (`aclosing`) to end its
    tasks.
    """
    if not expected.nodes:
        raise ValueError("a ring without nodes cannot be watched")
    state = _WatchState(expected.nodes)
    pollers = [asyncio.create_task(_poll(connections, name, state, interval)) for name in expected.nodes]
    for poller in pollers:
        poller.add_done_callback(state.poller_ended)
    changes = ChangeTracker()
    try:
        await state.wait_for_all(max(3.0, interval))
        while True:
            for poller in pollers:
                if poller.done():
                    poller.result()
            ring = await parse_aside(lambda: merge_views(state.views(expected.names), expected), state.size)
            yield ring
            for event in changes.update(ring, time.time()):
                yield event
            await state.wait_for_change(interval)
    finally:
        for poller in pollers:
            poller.cancel()
        await asyncio.gather(*pollers, return_exceptions=True)


class _WatchState:
    """The last report of each node, or the error in its place."""

    def __init__(self, expected: Sequence[str]) -> None:
        self._order = tuple(expected)
        self._reports: dict[str, NodeReport] = {}
        self._errors: dict[str, CorotuiError] = {}
        self._pending: dict[str, float] = {}
        self._ids: dict[int, str] = {}  # node id -> name of the node that last reported it, for files without names
        self._changed = asyncio.Event()
        self._poller_ended = False

    def poller_ended(self, poller: asyncio.Task[None]) -> None:
        """Stops all waiting: a poller ends only by a defect or when the watch is closed."""
        self._poller_ended = True
        self._changed.set()

    def query_began(self, name: str) -> None:
        """Remembers since when a node is being queried."""
        self._pending[name] = time.monotonic()

    def record(self, name: str, answer: NodeReport | CorotuiError) -> None:
        """Takes the report of a node, or its error."""
        self._pending.pop(name, None)
        if isinstance(answer, NodeReport):
            self._reports[name] = answer
            if answer.node_id is not None:
                self._ids[answer.node_id] = name
            self._errors.pop(name, None)
        else:
            self._errors[name] = answer
        self._changed.set()

    async def wait_for_all(self, limit: float) -> None:
        """Waits until every node has answered or failed, at most `limit` seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(limit):
                while not self._poller_ended and len(self._reports.keys() | self._errors.keys()) < len(self._order):
                    self._changed.clear()
                    await self._changed.wait()
        self._changed.clear()

    async def wait_for_change(self, limit: float) -> None:
        """Waits for an answer, at most `limit` seconds, as missing answers are to be seen, too.

        It waits up to 0.1 s more, so that the answers of one round come together.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(limit):
                await self._changed.wait()
                await asyncio.sleep(min(0.1, limit / 4))
        self._changed.clear()

    @property
    def size(self) -> int:
        """Length of the last answers of all nodes together, in characters."""
        return size_of(self._reports.values())

    def views(self, names: Mapping[int, str]) -> list[NodeView]:
        """The views of all nodes, those without a current answer with their error. `names`: node id -> name."""
        now = time.monotonic()
        empty = (NodeView(name=name, reachable=False, taken_at=0.0) for name in self._order)
        views = named_views([self._reports.get(view.name, view) for view in empty], {**self._ids, **names})
        return [self._with_error(view, now) for view in views]

    def _with_error(self, view: NodeView, now: float) -> NodeView:
        error = self._errors.get(view.name)
        if error is not None:
            return replace(view, reachable=False, error=error.what)
        if view.name not in self._reports:
            return replace(view, reachable=False, error="it has not answered yet")
        waited = now - self._pending.get(view.name, now)
        if waited > SILENT_AFTER:
            return replace(view, reachable=False, error=f"it has not answered for {waited:.0f} s")
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
