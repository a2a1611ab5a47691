"""Feeds and reads a process, waits for its end, and pauses a time limit while the operator types an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar

from corotui.ssh.command.process import Process

T = TypeVar("T")

LINGER = 1.0
"""Seconds. A daemonised child may keep stdout open: reading stops this long after the exit and the last output."""
MAX_LINGER = 5.0
"""Seconds after the exit in which output is read at all, for a child that prints a little from time to time."""


class FloodError(Exception):
    """A process printed more than is read of it."""


class StreamPump:
    """The tasks that feed and read one process. Leaving the context cancels those that still run."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._tasks: list[asyncio.Task[object]] = []
        self._readers: set[asyncio.Task[None]] = set()
        self._last = 0.0  # loop time of the last output
        self._consuming = 0  # readers whose consumer is busy; meanwhile the process does not count as silent
        self._flooded = asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def start(self, work: Coroutine[object, object, T]) -> asyncio.Task[T]:
        """Runs `work` as one of the tasks."""
        task = asyncio.create_task(work)
        self._tasks.append(task)
        return task

    def feed(self, data: bytes) -> None:
        """Writes the input of the process, then closes it."""

        async def write() -> None:
            await self._process.write(data)
            await self._process.write_eof()

        self.start(write())

    def read(
        self, source: Callable[[], Awaitable[bytes]], consume: Callable[[bytes], Awaitable[None] | None], *, most: int
    ) -> None:
        """Passes each piece of `source` to `consume` until the end. Reads nothing while `consume` awaits.

        After `most` bytes it reads no more, so that the process waits instead of costing time; `wait_exit` raises then.
        """

        async def work() -> None:
            total = 0
            while piece := await source():
                total += len(piece)
                self._consuming += 1
                if (pending := consume(piece)) is not None:
                    await pending
                self._consuming -= 1
                self._last = asyncio.get_running_loop().time()
                if total > most:
                    self._flooded.set()
                    return

        self._readers.add(self.start(work()))

    async def wait_exit(self) -> int | None:
        """Waits for the exit; returns what `Process.wait` returns, and raises what it raises.

        Raises FloodError if the process printed too much before.
        """
        exited, flooded = self.start(self._process.wait()), self.start(self._flooded.wait())
        await asyncio.wait((exited, flooded), return_when=asyncio.FIRST_COMPLETED)
        flooded.cancel()
        if not exited.done():
            raise FloodError
        return exited.result()

    async def wait_finished(self) -> None:
        """Waits after the exit until the streams end, for LINGER seconds without output, at most for MAX_LINGER."""
        loop = asyncio.get_running_loop()
        self._last = loop.time()
        end = self._last + MAX_LINGER
        readers = self._readers
        while readers:
            remaining = LINGER if self._consuming else min(self._last + LINGER, end) - loop.time()
            if remaining <= 0:
                return
            _, readers = await asyncio.wait(readers, timeout=remaining)


@contextmanager
def paused_timeout(clock: asyncio.Timeout) -> Iterator[None]:
    """Pauses a time limit. Afterwards as much time remains as before."""
    when = None if clock.expired() else clock.when()
    if when is None:
        yield
        return
    loop = asyncio.get_running_loop()
    remaining = when - loop.time()
    clock.reschedule(None)
    try:
        yield
    finally:
        clock.reschedule(loop.time() + remaining)
