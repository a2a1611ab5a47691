"""Feeds and reads a process, waits for its end, and pauses a time limit while the operator types an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from corotui.ssh.command.process import Process

LINGER = 1.0
"""Seconds. A daemonised child may keep stdout open: reading stops this long after the exit and the last output."""


class StreamPump:
    """The tasks that feed and read one process. Leaving the context cancels those that still run."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._tasks: list[asyncio.Task[None]] = []
        self._readers: set[asyncio.Task[None]] = set()
        self._last = 0.0  # loop time of the last output
        self._consuming = 0  # readers whose consumer is busy; meanwhile the process does not count as silent

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def start(self, work: Awaitable[None]) -> asyncio.Task[None]:
        """Runs `work` as one of the tasks."""
        task = asyncio.ensure_future(work)
        self._tasks.append(task)
        return task

    def feed(self, data: bytes) -> None:
        """Writes the input of the process, then closes it."""

        async def write() -> None:
            await self._process.write(data)
            await self._process.write_eof()

        self.start(write())

    def read(self, source: Callable[[], Awaitable[bytes]], consume: Callable[[bytes], Awaitable[None] | None]) -> None:
        """Passes each piece of `source` to `consume` until the end. Reads nothing while `consume` awaits."""

        async def work() -> None:
            while piece := await source():
                self._consuming += 1
                if (pending := consume(piece)) is not None:
                    await pending
                self._consuming -= 1
                self._last = asyncio.get_running_loop().time()

        self._readers.add(self.start(work()))

    async def wait_finished(self) -> None:
        """Waits after the exit until the streams end, or for LINGER seconds without output."""
        loop = asyncio.get_running_loop()
        self._last = loop.time()
        readers = self._readers
        while readers:
            remaining = LINGER if self._consuming else self._last + LINGER - loop.time()
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
