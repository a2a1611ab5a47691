"""The mutable middle of a walk: the picture, who looks at it, the connections, the wish to stop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from typing import Unpack

from corotui import network
from corotui.cluster.events import (
    CommandEnded,
    CommandStarted,
    Connection,
    Event,
    EventSink,
    NodeState,
    Purpose,
    StepChanged,
    ignore_event,
)
from corotui.directory import Directory
from corotui.errors import CorotuiError, LockedError, NodeUnreachableError, RefusedError, UsageError, leaves
from corotui.rollout import Outcome, StopRequest
from corotui.ssh.connections import Connections
from corotui.ssh.fanout import Shells
from corotui.ssh.shell import Prompter
from corotui.workflow import findings, link_selection
from corotui.workflow.persistence import WorkflowStore
from corotui.workflow.progress import advance
from corotui.workflow.state import NodeChanges, NodeStatus, StateChanges, WorkflowState
from corotui.workflow.step_status import step_statuses

StateListener = Callable[[WorkflowState], None]

_active_store: ContextVar[object] = ContextVar("_within", default=None)


class StateStore:
    """One picture and its audience. `paint` is the only place where the picture changes."""

    def __init__(self, directory: Directory, ask: Prompter, report: EventSink) -> None:
        self.directory = directory
        self.storage = WorkflowStore(directory)
        self.stop_request = StopRequest()
        self.outcome: Outcome | None = None
        self.latency_ms: float | None = None
        self.node_errors: dict[str, CorotuiError] = {}
        self._listener_error: Exception | None = None
        self.failures: tuple[CorotuiError, ...] = ()
        self._ask = ask
        self._connections: Connections | None = None
        self._stale: list[Connections] = []
        self._subscribers: list[tuple[StateListener, EventSink]] = [(lambda picture: None, report)]
        self._state: WorkflowState | None = None
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def state(self) -> WorkflowState:
        """The picture now; RuntimeError before `Walk.load`."""
        if self._state is None:
            raise RuntimeError("Walk.load() comes first")
        return self._state

    def set_initial_state(self, state: WorkflowState) -> None:
        """Takes the first picture."""
        self._state = state
        self.update()

    def update(self, **changes: Unpack[StateChanges]) -> None:
        """Replaces fields of the picture and tells the audience; the standing of the steps is derived anew."""
        changed = replace(self.state, **changes)
        self._state = replace(changed, steps=step_statuses(changed))
        for entry in tuple(self._subscribers):
            self._notify(entry, partial(entry[0], self._state))

    def report(self, event: Event) -> None:
        """Passes an event on, and keeps connections and progress of the picture true."""
        if isinstance(event, CommandStarted | CommandEnded) and event.purpose is Purpose.POLL:
            return
        if isinstance(event, NodeState):
            self.update_node(event.node, connection=event.state, error=event.detail)
        progress = self.state.progress
        if isinstance(event, StepChanged) and progress is not None and progress.running and progress.in_this_process:
            self.update(progress=advance(progress, event))
        for entry in tuple(self._subscribers):
            self._notify(entry, partial(entry[1], event))

    def _notify(self, subscriber: tuple[StateListener, EventSink], call_listener: Callable[[], None]) -> None:
        """Whatever a listener raises must not cut off work on the nodes in the middle: it hears no more then, and what
        it raised is raised when the work has ended."""
        try:
            call_listener()
        except Exception as error:
            if self._idle.is_set():
                raise
            self._subscribers.remove(subscriber)
            self._listener_error = error

    def subscribe(self, on_state: StateListener, on_event: EventSink = ignore_event) -> Callable[[], None]:
        """Adds to the audience; the returned function takes it off again."""
        entry = (on_state, on_event)
        self._subscribers.append(entry)

        def unsubscribe() -> None:
            if entry in self._subscribers:
                self._subscribers.remove(entry)

        return unsubscribe

    def update_node(self, name: str, **changes: Unpack[NodeChanges]) -> None:
        """Replaces fields of a node's status; an unknown name changes nothing."""
        nodes = tuple(replace(n, **changes) if n.name == name else n for n in self.state.nodes)
        if nodes != self.state.nodes:
            self.update(nodes=nodes)

    @asynccontextmanager
    async def busy(self, activity: str) -> AsyncIterator[None]:
        """Marks the workflow as busy with `activity` until the block ends.

        A failure is kept in `state.error`. RefusedError, LockedError and UsageError are raised as well. An operation
        inside an operation is part of it and fails with it. A second one beside it raises RefusedError.
        """
        outer, since = self.state.busy, self.state.busy_since
        inner = _active_store.get() is self
        if not inner:
            if outer:
                raise RefusedError(f"Corotui is busy here: {outer}.", next_step="Wait until it ends, or stop it.")
            self.stop_request = StopRequest()
            self._idle.clear()
            self.failures = ()
            self.update(error="")
        token = _active_store.set(self)
        self.update(busy=activity, busy_since=time.time())
        try:
            yield
        except (RefusedError, LockedError, UsageError) as error:
            self._record_failure([error])
            raise
        except CorotuiError as error:
            self._record_failure([error])
            if inner:
                raise
        except ExceptionGroup as group:
            known, others = group.split(CorotuiError)
            if others is not None:
                raise
            assert known is not None
            errors = list(leaves(known))
            self._record_failure(errors)
            if inner or all(isinstance(error, RefusedError) for error in errors):
                raise
        finally:
            _active_store.reset(token)
            if not inner:
                self._idle.set()
            self.update(busy=outer, busy_since=since)
        if not inner and self._listener_error is not None:
            failed, self._listener_error = self._listener_error, None
            raise failed

    def _record_failure(self, errors: Sequence[CorotuiError]) -> None:
        self.update(error=" ".join(str(error) for error in errors))
        self.failures = tuple(errors)
        for error in errors:
            if error.node:
                self.node_errors[error.node] = error

    async def wait_until_idle(self) -> None:
        """Waits until no work is under way."""
        await self._idle.wait()

    # Connections

    async def get_connections(self) -> Connections:
        """The connections of this cluster; made when they are first asked for."""
        while self._stale:
            await self._stale.pop().close()
        if self._connections is None:
            connections = Connections(
                self.state.cluster,
                known_hosts=self.directory.known_hosts,
                prompter=self._ask,
                report=self.report,
            )
            self._connections = await connections.__aenter__()
        return self._connections

    async def open_shells(self, names: Sequence[str] | None = None) -> Shells:
        """A connection or its error for each node (or these), opened where there is none."""
        node_names = [node.name for node in self.state.cluster.nodes] if names is None else list(names)
        shells = await (await self.get_connections()).open(node_names)
        for name, error in shells.errors.items():
            self.node_errors[name] = error
            self.update_node(name, connection=Connection.FAILED, error=error.what)
        for name in shells.ok:
            self.node_errors.pop(name, None)
            self.update_node(name, connection=Connection.CONNECTED, error="")
        return shells

    def invalidate_connections(self) -> None:
        """cluster.toml changed: the next question goes through new connections."""
        if self._connections is not None:
            self._stale.append(self._connections)
            self._connections = None
            self.update(nodes=tuple(replace(n, connection=Connection.UNKNOWN, live=False) for n in self.state.nodes))

    async def disconnect(self) -> None:
        """Closes all connections; the next question opens them again."""
        if self._connections is not None:
            self._stale.append(self._connections)
            self._connections = None
        while self._stale:
            await self._stale.pop().close()

    # What is known of the nodes

    def unreached_nodes(self) -> dict[str, CorotuiError]:
        """The error of each node that does not answer, in the order of cluster.toml."""
        return {
            node.name: self.node_errors.get(node.name)
            or NodeUnreachableError(node.error or "It does not answer.", node=node.name, stage="run")
            for node in self.state.nodes
            if node.connection.is_down
        }

    def refresh_findings(self) -> None:
        """Derives findings anew from facts and files."""
        state = self.state
        by_step = findings.collect_findings(
            state.facts, state.cluster.install, state.conf, state.probe_findings, latency_ms=self.latency_ms
        )
        self.update(findings_by_step=by_step, findings=findings.merge_findings(by_step))

    def reload_files(self) -> None:
        """Takes over cluster.toml and corosync.conf as they are on the disk now."""
        cluster = self.directory.read_cluster()
        known = {node.name: node for node in self.state.nodes}
        same = cluster == self.state.cluster
        self.update(
            cluster=cluster,
            conf=self.directory.read_conf(),
            nodes=tuple(known.get(node.name, NodeStatus(node.name)) for node in cluster.nodes),
        )
        if not same:
            self.update(plan=None)

    def refresh_links(self) -> None:
        """Derives link proposals and findings anew, from facts that are there."""
        facts = self.state.facts
        proposals = network.propose_links(facts) if facts else ()
        chosen = link_selection.known_networks(proposals, self.state.chosen_links)
        self.update(links=proposals, chosen_links=chosen, proposed_conf=None)
        self.refresh_findings()
