"""A workflow that does nothing on any node: it shows given states and records its calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from corotui.cluster.events import Connection, Event, EventSink, ignore_event
from corotui.cluster.finding import Finding
from corotui.cluster.model import Install, Node
from corotui.directory import Directory
from corotui.errors import CorotuiError, RefusedError
from corotui.facts.model import IpNetwork
from corotui.rollout import Consent, ForgetPreview, KeyChoice
from corotui.ssh.shell import NonInteractive
from corotui.workflow.state import NodeStatus, Step, WorkflowState
from corotui.workflow.workflow import Workflow
from tests.support.console_states import CONF


class FakeWorkflow(Workflow):
    """`calls` holds what was called, in order; `refuse` is raised by the next call that may refuse."""

    def __init__(self, state: WorkflowState) -> None:
        super().__init__(Directory(Path(state.directory)), prompter=NonInteractive())
        self._state = state
        self.calls: list[tuple[object, ...]] = []
        self.refuse: CorotuiError | None = None
        self.gate: asyncio.Event | None = None
        self._subscribers: list[tuple[Callable[[WorkflowState], None], EventSink]] = []

    @property
    def state(self) -> WorkflowState:
        return self._state

    def subscribe(
        self, on_state: Callable[[WorkflowState], None], on_event: EventSink = ignore_event
    ) -> Callable[[], None]:
        entry = (on_state, on_event)
        self._subscribers.append(entry)
        return lambda: self._subscribers.remove(entry)

    def show(self, state: WorkflowState) -> None:
        """Takes a new state and tells the listeners, as an operation would."""
        self._state = state
        for on_state, _ in list(self._subscribers):
            on_state(state)

    def tell(self, event: Event) -> None:
        """Reports an event, as an operation would."""
        for _, on_event in list(self._subscribers):
            on_event(event)

    def _call(self, *what: object) -> None:
        self.calls.append(what)
        if self.refuse is not None:
            refuse, self.refuse = self.refuse, None
            raise refuse

    async def _work(self, *what: object) -> None:
        self._call(*what)
        if self.gate is not None:
            await self.gate.wait()

    def load(self) -> None:
        self._call("load")

    def go_to(self, step: Step) -> None:
        self._call("go_to", step)
        self.show(replace(self._state, step=step))

    def add_node(self, node: Node) -> None:
        self._call("add_node", node)
        cluster = self._state.cluster
        if any(other.name == node.name for other in cluster.nodes):
            raise RefusedError(f"there is a node {node.name} already")
        self.show(
            replace(
                self._state,
                cluster=replace(cluster, nodes=(*cluster.nodes, node)),
                nodes=(*self._state.nodes, NodeStatus(node.name)),
            )
        )

    def remove_node(self, name: str) -> None:
        self._call("remove_node", name)
        cluster = self._state.cluster
        self.show(
            replace(
                self._state,
                cluster=replace(cluster, nodes=tuple(n for n in cluster.nodes if n.name != name)),
                nodes=tuple(n for n in self._state.nodes if n.name != name),
            )
        )

    def replace_node(self, name: str, node: Node) -> None:
        self._call("replace_node", name, node)
        cluster = self._state.cluster
        nodes = tuple(node if other.name == name else other for other in cluster.nodes)
        statuses = tuple(NodeStatus(node.name) if other.name == name else other for other in self._state.nodes)
        self.show(replace(self._state, cluster=replace(cluster, nodes=nodes), nodes=statuses))

    def set_install(self, install: Install) -> None:
        self._call("set_install", install)
        self.show(replace(self._state, cluster=replace(self._state.cluster, install=install)))

    def choose_links(self, networks: Sequence[IpNetwork]) -> None:
        self._call("choose_links", tuple(networks))
        self.show(replace(self._state, chosen_links=tuple(networks)))

    def choose_key(self, choice: KeyChoice) -> None:
        self._call("choose_key", choice)
        self.show(replace(self._state, key_choice=choice))

    def propose_conf(self) -> bytes:
        self._call("propose_conf")
        self.show(replace(self._state, proposed_conf=CONF))
        return CONF

    def save_conf(self, data: bytes) -> None:
        self._call("save_conf", data)
        self.show(replace(self._state, conf=data, proposed_conf=None))

    def undo_conf(self) -> bool:
        self._call("undo_conf")
        return False

    async def connect(self, names: Sequence[str] | None = None) -> None:
        await self._work("connect")
        nodes = tuple(replace(node, connection=Connection.CONNECTED) for node in self._state.nodes)
        self.show(replace(self._state, nodes=nodes))

    async def discover(self, names: Sequence[str] | None = None) -> None:
        await self._work("discover")

    async def probe(self) -> None:
        await self._work("probe")

    async def fix(self, findings: Sequence[Finding]) -> None:
        await self._work("fix", tuple(finding.code for finding in findings))

    async def install(self) -> None:
        await self._work("install")

    async def plan(self) -> None:
        await self._work("plan")

    async def apply(self, consents: frozenset[Consent] = frozenset()) -> None:
        await self._work("apply", consents)

    async def recover(self, *, undo: bool = False) -> None:
        await self._work("recover", undo)

    async def preview_forget(self) -> ForgetPreview | None:
        await self._work("preview_forget")
        return ForgetPreview("A rollout to 3 nodes", (("node1", "corosync.conf is the new one"),))

    async def forget(self, why: str = "") -> None:
        await self._work("forget", why)

    async def restore(self, generation: int | None, consents: frozenset[Consent] = frozenset()) -> None:
        await self._work("restore", generation)

    async def follow(self) -> None:
        await self._work("follow")

    async def watch(self) -> None:
        await self._work("watch")
        await asyncio.Event().wait()

    async def diagnose(self) -> None:
        await self._work("diagnose")

    async def verify_fix(self, fixed: Sequence[Finding]) -> None:
        await self._work("verify_fix")

    def stop(self) -> None:
        self._call("stop")
        if self.gate is not None:
            self.gate.set()

    async def close(self) -> None:
        self._call("close")
