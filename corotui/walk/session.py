"""The mutable middle of a walk: the picture, who looks at it, the connections."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from corotui.cluster.events import Event, NodeState, Report, silent
from corotui.directory import Directory
from corotui.ssh.connections import Connections
from corotui.ssh.shell import Ask
from corotui.walk.model import Picture, Step
from corotui.walk.standing import standings

Painted = Callable[[Picture], None]


class Session:
    """One picture and its audience. `paint` is the only place where the picture changes."""

    def __init__(self, directory: Directory, ask: Ask, report: Report) -> None:
        self.directory = directory
        self.ask = ask
        self.connections: Connections | None = None
        self.stopping = False
        self._audience: list[tuple[Painted, Report]] = [(lambda picture: None, report)]
        self._picture: Picture | None = None

    @property
    def picture(self) -> Picture:
        """The picture now; RuntimeError before `Walk.load`."""
        if self._picture is None:
            raise RuntimeError("Walk.load() comes first")
        return self._picture

    def begin(self, picture: Picture) -> None:
        """Takes the first picture."""
        self._picture = replace(picture, steps=standings(picture))
        self._tell()

    def paint(self, **changes: Any) -> None:
        """Replaces fields of the picture and tells the audience; the standing of the steps is derived anew."""
        changed = replace(self.picture, **changes)
        self._picture = replace(changed, steps=standings(changed))
        self._tell()

    def _tell(self) -> None:
        for painted, _ in tuple(self._audience):
            painted(self.picture)

    def report(self, event: Event) -> None:
        """Passes an event on, and keeps the connections of the picture true."""
        if isinstance(event, NodeState):
            self.node(event.node, connection=event.state, error=event.detail)
        for _, heard in tuple(self._audience):
            heard(event)

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

    @contextmanager
    def busy(self, what: str) -> Iterator[None]:
        """Shows what is being waited for. A work inside another keeps the outer words when it ends."""
        before, since = self.picture.busy, self.picture.busy_since
        self.stopping = False if not before else self.stopping
        self.paint(busy=what, busy_since=time.time(), error="" if not before else self.picture.error)
        try:
            yield
        finally:
            self.paint(busy=before, busy_since=since)

    def step(self, step: Step) -> None:
        self.paint(step=step)
