"""Cooperative cancellation: work on nodes ends at its next safe point, never in the middle of a change."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeVar

T = TypeVar("T")


class StopRequest:
    """A request to stop, made once by a key, a signal or a lost terminal. The work checks it at its safe points."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    @property
    def requested(self) -> bool:
        """Whether the work shall stop."""
        return self._event.is_set()

    def request(self) -> None:
        """Asks the work to stop; a second request changes nothing."""
        self._event.set()

    async def wait(self) -> None:
        """Waits until a stop is requested."""
        await self._event.wait()

    async def wait_for(self, seconds: float) -> bool:
        """Waits until a stop is requested, at most `seconds`. Returns whether it was."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        return True


async def run_to_safe_point(work: Awaitable[T], request_stop: Callable[[], None] = lambda: None) -> T:
    """Runs work that must not be cut off, and returns its result.

    Cancelling the caller calls `request_stop` and takes effect only after the work has ended by itself. The
    CancelledError has the error of the work as its cause, if there is one.
    """
    task = asyncio.ensure_future(work)
    if await _end(task, on_cancel=request_stop):
        raise asyncio.CancelledError from (None if task.cancelled() else task.exception())
    return task.result()


async def cancel_on_stop(work: Coroutine[object, object, T], stop: StopRequest, *, stopped: Exception) -> T:
    """Runs work that cleans up when it is cancelled; a stop request cancels it, waits for that, and raises `stopped`.

    Cancelling the caller cancels the work in the same way.
    """
    task = asyncio.ensure_future(work)
    waiter = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({task, waiter}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiter.cancel()
        if not task.done():
            task.cancel()
            if await _end(task):
                raise asyncio.CancelledError
    if task.cancelled():
        raise stopped
    return task.result()


async def _end(task: asyncio.Future[T], *, on_cancel: Callable[[], None] = lambda: None) -> bool:
    """Waits until the task has ended, however often the caller is cancelled; returns whether it was."""
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            cancelled = True
            on_cancel()
    return cancelled
