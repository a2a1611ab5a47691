"""Waiting on a process: its streams, its end, and a clock that stands still while the operator types."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from corotui.ssh.command.process import Process

# A daemon that keeps our stdout open must not keep us: output ends this long after the exit and the last word.
LINGER = 1.0  # seconds


class StreamPump:
    """The tasks that feed and read one process. All are cancelled at the end; none outlives it."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._tasks: list[asyncio.Task[None]] = []
        self._readers: set[asyncio.Task[None]] = set()
        self._last = 0.0
        self._taking = 0  # readers whose piece is still being taken: that is no silence of the process

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def start(self, work: Awaitable[None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._tasks.append(task)
        return task

    def feed(self, data: bytes) -> None:
        """Gives the process its input, then the end of it."""

        async def write() -> None:
            await self._process.write(data)
            await self._process.write_eof()

        self.start(write())

    def read(self, source: Callable[[], Awaitable[bytes]], take: Callable[[bytes], Awaitable[None] | None]) -> None:
        """Gives what `source` brings to `take`, to the end. An awaitable of `take` holds the source up."""

        async def work() -> None:
            while piece := await source():
                self._taking += 1
                if (waits := take(piece)) is not None:
                    await waits
                self._taking -= 1
                self._last = asyncio.get_running_loop().time()

        self._readers.add(self.start(work()))

    async def wait_finished(self) -> None:
        """After the exit: waits for the ends of the streams, or for LINGER seconds without a word."""
        loop = asyncio.get_running_loop()
        self._last = loop.time()
        readers = self._readers
        while readers:
            left = LINGER if self._taking else self._last + LINGER - loop.time()
            if left <= 0:
                return
            _, readers = await asyncio.wait(readers, timeout=left)


@contextmanager
def paused_timeout(clock: asyncio.Timeout | None) -> Iterator[None]:
    """Stops a time limit; what was left of it is left afterwards."""
    when = clock.when() if clock and not clock.expired() else None
    if clock is None or when is None:
        yield
        return
    loop = asyncio.get_running_loop()
    left = when - loop.time()
    clock.reschedule(None)
    try:
        yield
    finally:
        clock.reschedule(loop.time() + left)
