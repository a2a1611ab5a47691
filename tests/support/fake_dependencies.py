"""Doubles of what a workflow calls to reach the nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pytest

from corotui.cluster.events import EventSink, ignore_event
from corotui.cluster.model import Cluster
from corotui.errors import NodeUnreachableError
from corotui.facts.model import NodeFacts
from corotui.ssh.fanout import NodeResults, Shells, on_each
from corotui.ssh.shell import Prompter, Shell
from corotui.workflow.dependencies import Dependencies, FactsGatherer
from tests.support.fake_shell import FakeShell, Reply


class FakeConnections:
    """Connections that open at once: to `shells`, else to shells that answer nothing. It is its own factory."""

    def __init__(self, shells: Mapping[str, Shell] | None = None, *, down: Iterable[str] = ()) -> None:
        self.shells = shells
        self.down = frozenset(down)
        """Names of the nodes that do not answer."""
        self.made = 0
        """How often connections were made."""
        self.report: EventSink = ignore_event
        """Takes what happens on the nodes, as the workflow gave it."""

    def __call__(
        self, cluster: Cluster, *, known_hosts: Path, prompter: Prompter, report: EventSink
    ) -> FakeConnections:
        self.made += 1
        self.report = report
        if self.shells is None:
            self.shells = {node.name: FakeShell(lambda request: Reply(), node.name) for node in cluster.nodes}
        return self

    async def open(self, names: Iterable[str] | None = None) -> Shells:
        assert self.shells is not None
        results = await on_each(self.shells if names is None else names, self.shell)
        return Shells(results.by_node)

    async def shell(self, name: str) -> Shell:
        assert self.shells is not None
        if name in self.down:
            raise NodeUnreachableError("no route", node=name, stage="connect")
        return self.shells[name]

    async def close(self) -> None:
        return None


def gatherer(facts_of: Callable[[str], NodeFacts]) -> FactsGatherer:
    """A gatherer of facts that asks no node."""

    async def gather(shells: Shells, *, names: Sequence[str]) -> NodeResults[NodeFacts]:
        return NodeResults({**shells.errors, **{name: facts_of(name) for name in shells.ok}})

    return gather


def use(monkeypatch: pytest.MonkeyPatch, dependencies: Dependencies) -> None:
    """Gives these dependencies to the workflow of every verb that runs in the test."""
    monkeypatch.setattr("corotui.workflow.workflow.Dependencies", lambda: dependencies)
