"""The state of a workflow, and those who are told of each change and each event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Unpack

from corotui.cluster.events import (
    CommandEnded,
    CommandStarted,
    Event,
    EventSink,
    NodeState,
    Purpose,
    StepChanged,
    ignore_event,
)
from corotui.errors import CorotuiError, NodeUnreachableError
from corotui.workflow.progress import advance
from corotui.workflow.state import NodeChanges, StateChanges, WorkflowState
from corotui.workflow.step_status import step_statuses

StateListener = Callable[[WorkflowState], None]


class StateStore:
    """Holds the current WorkflowState. `update` is the only way to change it."""

    failures: tuple[CorotuiError, ...]
    """Why the last operation failed; empty where it did not."""
    node_errors: dict[str, CorotuiError]
    """Last error of each node that has one, by name."""

    def __init__(self, report: EventSink) -> None:
        self.failures = ()
        self.node_errors = {}
        self._state: WorkflowState | None = None
        self._subscribers: list[tuple[StateListener, EventSink]] = [(lambda state: None, report)]
        self._listener_error: Exception | None = None

    @property
    def state(self) -> WorkflowState:
        """The state now. Raises RuntimeError before `Workflow.load`."""
        if self._state is None:
            raise RuntimeError("Workflow.load() comes first")
        return self._state

    def set_initial_state(self, state: WorkflowState) -> None:
        """Takes the first state."""
        self._state = state
        self.update()

    def update(self, **changes: Unpack[StateChanges]) -> None:
        """Replaces fields of the state, derives the status of the steps anew, and tells all listeners."""
        changed = replace(self.state, **changes)
        self._state = replace(changed, steps=step_statuses(changed))
        for subscriber in tuple(self._subscribers):
            self._notify(subscriber, partial(subscriber[0], self._state))

    def update_node(self, name: str, **changes: Unpack[NodeChanges]) -> None:
        """Replaces fields of a node's status; an unknown name changes nothing."""
        nodes = tuple(replace(node, **changes) if node.name == name else node for node in self.state.nodes)
        if nodes != self.state.nodes:
            self.update(nodes=nodes)

    def report(self, event: Event) -> None:
        """Passes an event on to all listeners, and updates connections and progress of the state from it.

        Polls of the ring run every second and change nothing on the nodes, so their commands are not passed on.
        """
        if isinstance(event, CommandStarted | CommandEnded) and event.purpose is Purpose.POLL:
            return
        if isinstance(event, NodeState):
            self.update_node(event.node, connection=event.state, error=event.detail)
        progress = self.state.progress
        if isinstance(event, StepChanged) and progress is not None and progress.running and progress.in_this_process:
            self.update(progress=advance(progress, event))
        for subscriber in tuple(self._subscribers):
            self._notify(subscriber, partial(subscriber[1], event))

    def subscribe(self, on_state: StateListener, on_event: EventSink = ignore_event) -> Callable[[], None]:
        """Calls the listeners from now on, until the returned function is called."""
        subscriber = (on_state, on_event)
        self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return unsubscribe

    def _notify(self, subscriber: tuple[StateListener, EventSink], call_listener: Callable[[], None]) -> None:
        """Calls a listener. What it raises while work is under way must not cut that off in the middle: the listener
        is called no more, and `raise_listener_error` raises the error once the work has ended."""
        try:
            call_listener()
        except Exception as error:
            if not self.state.busy:
                raise
            self._subscribers.remove(subscriber)
            self._listener_error = error

    def raise_listener_error(self) -> None:
        """Raises what a listener raised while work was under way."""
        error, self._listener_error = self._listener_error, None
        if error is not None:
            raise error

    def unreached_nodes(self) -> dict[str, CorotuiError]:
        """Returns the error of each node without a connection (no answer, login or host key refused, connection lost),
        in the order of cluster.toml.
        """
        return {
            node.name: self.node_errors.get(node.name)
            or NodeUnreachableError(node.error or "It does not answer.", node=node.name, stage="run")
            for node in self.state.nodes
            if node.connection.is_down
        }

    def record_failure(self, errors: Sequence[CorotuiError]) -> None:
        """Puts the errors of an operation that failed into the state."""
        self.failures = tuple(errors)
        self.node_errors.update({error.node: error for error in errors if error.node})
        self.update(error=" ".join(str(error) for error in errors))
