"""The one operation that a workflow carries out at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar

from corotui.errors import CorotuiError, LockedError, RefusedError, UsageError, leaves
from corotui.ssh.cancellation import StopRequest
from corotui.workflow.store.state_store import StateStore

_current: ContextVar[object] = ContextVar("_current", default=None)
"""The Activity within whose operation the code runs."""


class Activity:
    """Marks the workflow as busy, keeps the failure of an operation, and lets others wait for its end."""

    stop_request: StopRequest
    """Asks the operation under way (or the last one) to stop."""

    def __init__(self, store: StateStore, clock: Callable[[], float]) -> None:
        self.stop_request = StopRequest()
        self._store = store
        self._clock = clock
        self._idle = asyncio.Event()
        self._idle.set()

    @asynccontextmanager
    async def busy(self, text: str) -> AsyncIterator[None]:
        """Marks the workflow as busy with `text` until the block ends.

        A failure is kept in `state.error`. RefusedError, LockedError and UsageError are raised as well. An operation
        inside an operation is part of it and fails with it. A second one beside it raises RefusedError.
        """
        outer, outer_since = self._store.state.busy, self._store.state.busy_since
        nested = _current.get() is self
        if nested:
            self._store.update(busy=text, busy_since=self._clock())
        else:
            if outer:
                raise RefusedError(f"Corotui is busy here: {outer}.", next_step="Wait until it ends, or stop it.")
            self.stop_request = StopRequest()
            self._idle.clear()
            self._store.failures = ()
            self._store.update(busy=text, busy_since=self._clock(), error="")
        token = _current.set(self)
        try:
            yield
        except CorotuiError as error:
            self._store.record_failure([error])
            if nested or isinstance(error, RefusedError | LockedError | UsageError):
                raise
        except ExceptionGroup as group:
            known, others = group.split(CorotuiError)
            if known is None or others is not None:
                raise
            errors = list(leaves(known))
            self._store.record_failure(errors)
            if nested or all(isinstance(error, RefusedError) for error in errors):
                raise
        finally:
            _current.reset(token)
            if not nested:
                self._idle.set()
            self._store.update(busy=outer, busy_since=outer_since)
        if not nested:
            self._store.raise_listener_error()

    async def wait_until_idle(self) -> None:
        """Returns when no operation is under way."""
        await self._idle.wait()
