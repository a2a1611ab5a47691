"""The mutable middle of a walk: the picture, who looks at it, the connections, the wish to stop."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from corotui import network
from corotui.cluster.events import CommandEnded, CommandStarted, Event, NodeState, Report, StepChanged, silent
from corotui.directory import Directory
from corotui.errors import CorotuiError, Locked, Refused, UsageError
from corotui.facts.model import NodeFacts
from corotui.rollout import Outcome, Plan, Stop
from corotui.ssh.connections import Connections
from corotui.ssh.shell import Ask, Shell
from corotui.walk import findings, links
from corotui.walk.memory import Memory
from corotui.walk.model import NodeStatus, Picture
from corotui.walk.progress import advance
from corotui.walk.standing import standings

Painted = Callable[[Picture], None]

# The looks at the ring come every second and are no work on the nodes; in the log of commands they would hide it.
_LOOK_AT_RING = re.compile(r"\bsh -s (?:--)?corotui-[0-9a-f]{16}$")

_within: ContextVar[object] = ContextVar("_within", default=None)


class Session:
    """One picture and its audience. `paint` is the only place where the picture changes."""

    def __init__(self, directory: Directory, ask: Ask, report: Report) -> None:
        self.directory = directory
        self.memory = Memory(directory)
        self.stop = Stop()
        self.plan: Plan | None = None
        self.outcome: Outcome | None = None
        self.latency_ms: float | None = None
        self.errors: dict[str, CorotuiError] = {}
        self._failed_listener: Exception | None = None
        self.failures: tuple[CorotuiError, ...] = ()
        self._ask = ask
        self._connections: Connections | None = None
        self._old: list[Connections] = []
        self._audience: list[tuple[Painted, Report]] = [(lambda picture: None, report)]
        self._picture: Picture | None = None
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def picture(self) -> Picture:
        """The picture now; RuntimeError before `Walk.load`."""
        if self._picture is None:
            raise RuntimeError("Walk.load() comes first")
        return self._picture

    def begin(self, picture: Picture) -> None:
        """Takes the first picture."""
        self._picture = picture
        self.paint()

    def paint(self, **changes: Any) -> None:
        """Replaces fields of the picture and tells the audience; the standing of the steps is derived anew."""
        changed = replace(self.picture, **changes)
        self._picture = replace(changed, steps=standings(changed))
        for entry in tuple(self._audience):
            self._tell(entry, entry[0], self._picture)

    def report(self, event: Event) -> None:
        """Passes an event on, and keeps connections and progress of the picture true."""
        if isinstance(event, CommandStarted | CommandEnded) and _LOOK_AT_RING.search(event.command):
            return
        if isinstance(event, NodeState):
            self.node(event.node, connection=event.state, error=event.detail)
        progress = self.picture.progress
        if isinstance(event, StepChanged) and progress is not None and progress.running and progress.here:
            self.paint(progress=advance(progress, event))
        for entry in tuple(self._audience):
            self._tell(entry, entry[1], event)

    def _tell(self, entry: tuple[Painted, Report], listener: Callable[[Any], None], word: object) -> None:
        """Whatever a listener raises must not cut off work on the nodes in the middle: it hears no more then, and what
        it raised is raised when the work has ended."""
        try:
            listener(word)
        except Exception as error:
            if self._idle.is_set():
                raise
            self._audience.remove(entry)
            self._failed_listener = error

    def subscribe(self, painted: Painted, heard: Report = silent) -> Callable[[], None]:
        """Adds to the audience; the returned function takes it off again."""
        entry = (painted, heard)
        self._audience.append(entry)

        def leave() -> None:
            if entry in self._audience:
                self._audience.remove(entry)

        return leave

    def node(self, name: str, **changes: Any) -> None:
        """Replaces fields of a node's status; an unknown name changes nothing."""
        nodes = tuple(replace(n, **changes) if n.name == name else n for n in self.picture.nodes)
        if nodes != self.picture.nodes:
            self.paint(nodes=nodes)

    @asynccontextmanager
    async def busy(self, what: str) -> AsyncIterator[None]:
        """Shows what is being waited for. A failure lands in `picture.error`; Refused, Locked, UsageError are raised
        as well. Work within work is part of it and fails with it; a second work beside it is Refused."""
        outer, since = self.picture.busy, self.picture.busy_since
        inner = _within.get() is self
        if not inner:
            if outer:
                raise Refused(f"Corotui is busy here: {outer}.", next_step="Wait until it ends, or stop it.")
            self.stop = Stop()
            self._idle.clear()
            self.failures = ()
            self.paint(error="")
        token = _within.set(self)
        self.paint(busy=what, busy_since=time.time())
        try:
            yield
        except (Refused, Locked, UsageError) as error:
            self._failed([error])
            raise
        except CorotuiError as error:
            self._failed([error])
            if inner:
                raise
        except ExceptionGroup as group:
            known, others = group.split(CorotuiError)
            if others is not None:
                raise
            assert known is not None
            errors = _leaves(known)
            self._failed(errors)
            if inner or all(isinstance(error, Refused) for error in errors):
                raise
        finally:
            _within.reset(token)
            if not inner:
                self._idle.set()
            self.paint(busy=outer, busy_since=since)
        if not inner and self._failed_listener is not None:
            failed, self._failed_listener = self._failed_listener, None
            raise failed

    def _failed(self, errors: Sequence[CorotuiError]) -> None:
        self.paint(error=" ".join(str(error) for error in errors))
        self.failures = tuple(errors)
        for error in errors:
            if error.node:
                self.errors[error.node] = error

    async def idle(self) -> None:
        """Waits until no work is under way."""
        await self._idle.wait()

    # Connections

    async def connections(self) -> Connections:
        """The connections of this cluster; made when they are first asked for."""
        while self._old:
            await self._old.pop().close()
        if self._connections is None:
            made = Connections(
                self.picture.cluster,
                known_hosts=self.directory.known_hosts,
                ask=self._ask,
                report=self.report,
            )
            self._connections = await made.__aenter__()
        return self._connections

    async def shells(self, names: Sequence[str] | None = None) -> dict[str, Shell | CorotuiError]:
        """A connection or its error for each node (or these), opened where there is none."""
        wanted = [node.name for node in self.picture.cluster.nodes] if names is None else list(names)
        opened = dict(await (await self.connections()).open(wanted))
        for name in wanted:
            shell = opened.get(name)
            if isinstance(shell, CorotuiError):
                self.errors[name] = shell
                self.node(name, connection="failed", error=shell.what)
            else:
                self.errors.pop(name, None)
                self.node(name, connection="connected", error="")
        return opened

    def stale_connections(self) -> None:
        """cluster.toml changed: the next question goes through new connections."""
        if self._connections is not None:
            self._old.append(self._connections)
            self._connections = None
            self.paint(nodes=tuple(replace(n, connection="unknown", live=False) for n in self.picture.nodes))

    async def disconnect(self) -> None:
        """Closes all connections; the next question opens them again."""
        if self._connections is not None:
            self._old.append(self._connections)
            self._connections = None
        while self._old:
            await self._old.pop().close()

    # What is known of the nodes

    def facts(self) -> dict[str, NodeFacts]:
        """The facts of the nodes that have any."""
        return {node.name: node.facts for node in self.picture.nodes if node.facts is not None}

    def judge(self) -> None:
        """Derives findings anew from facts and files."""
        picture = self.picture
        found = findings.find(
            self.facts(), picture.cluster.install, picture.conf, picture.proved, latency_ms=self.latency_ms
        )
        self.paint(found=found, findings=findings.together(found))

    def reread(self) -> None:
        """Takes over cluster.toml and corosync.conf as they are on the disk now."""
        cluster = self.directory.cluster()
        known = {node.name: node for node in self.picture.nodes}
        same = cluster == self.picture.cluster
        self.paint(
            cluster=cluster,
            conf=self.directory.conf(),
            nodes=tuple(known.get(node.name, NodeStatus(node.name)) for node in cluster.nodes),
        )
        if not same:
            self.plan = None
            self.paint(plan=None)

    def relink(self) -> None:
        """Derives link proposals and findings anew, from facts that are there."""
        chosen = links.networks(self.picture.links, self.picture.chosen)
        facts = self.facts()
        proposals = network.propose(facts) if facts else ()
        self.paint(links=proposals, chosen=links.indices(proposals, chosen), proposed=None)
        self.judge()


def _leaves(group: BaseExceptionGroup[CorotuiError]) -> list[CorotuiError]:
    out: list[CorotuiError] = []
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            out += _leaves(error)
        else:
            out.append(error)
    return out
