"""A started process, on this machine or on a node, and the parsers of its output."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Protocol

from corotui.ssh.command.wrapper import Sentinels
from corotui.ssh.secret import Secret

CHUNK = 1 << 16
"""Bytes that are read or written at once."""
MAX_EARLY_OUTPUT = 1 << 16
"""Bytes of output before the sentinel that are kept."""
MAX_EARLY_TOTAL = 4 << 20
"""Bytes of output before the sentinel that are read: a login shell that prints more never comes to the command."""


class Process(Protocol):
    """A started process."""

    async def write(self, data: bytes | bytearray) -> None:
        """Writes to its stdin as fast as it reads. Never raises for a process that has ended or no longer reads.

        Up to CHUNK bytes are not copied on the way to asyncio or asyncssh.
        """

    async def write_eof(self) -> None:
        """Closes its stdin."""

    async def read_out(self) -> bytes:
        """Returns the next piece of its stdout, empty at the end."""

    async def read_err(self) -> bytes:
        """Returns the next piece of its stderr, empty at the end."""

    async def wait(self) -> int | None:
        """Waits for its end. Returns the exit code, None after a signal.

        Raises ConnectionError if the connection ended first.
        """

    def close(self) -> None:
        """Releases its streams. A process on a node is not ended by this."""


def chunks(data: bytes | bytearray) -> Iterator[bytes | bytearray]:
    """Yields the data in pieces of at most CHUNK bytes; as it is, not as a copy, if it is no longer than that."""
    if len(data) <= CHUNK:
        yield data
        return
    for start in range(0, len(data), CHUNK):
        yield data[start : start + CHUNK]


class StartHandshake:
    """Reads stderr up to the sentinel that says that the command begins. Answers sudo's prompts meanwhile."""

    def __init__(self, sentinels: Sentinels) -> None:
        self._sentinels = sentinels
        self._begun = re.compile(re.escape(sentinels.begun) + rb" (\d{1,10}) (\d{1,10})\n")
        self.early_output = bytearray()
        """Output before the sentinel."""
        self.pid = 0
        """Process id of the command, 0 until it has begun."""
        self.process_group = 0
        """Process group of the command, 0 until it has begun and if /proc does not show it."""

    @property
    def has_begun(self) -> bool:
        """Whether the sentinel was read."""
        return self.pid > 0

    async def wait(self, process: Process, answer: Callable[[int], Awaitable[Secret | None]]) -> bytes:
        """Waits for the sentinel; returns the part of stderr that came after it.

        `answer(n)` returns the password for sudo's prompt after n answered ones, or None to give up. `has_begun` stays
        False if the process ended before the sentinel, if there was no answer, or after MAX_EARLY_TOTAL bytes.
        """
        answered = total = 0
        while True:
            piece = await process.read_err()
            self.early_output += piece
            match = self._begun.search(self.early_output)
            if match:
                self.pid, self.process_group = int(match.group(1)), int(match.group(2))
                rest = bytes(self.early_output[match.end() :])
                del self.early_output[match.start() :]
                return rest
            total += len(piece)
            if not piece or total > MAX_EARLY_TOTAL:
                return b""
            while (index := self.early_output.find(self._sentinels.prompt)) >= 0:
                del self.early_output[: index + len(self._sentinels.prompt)]
                password = await answer(answered)
                answered += 1
                if password is None:
                    return b""
                with password.line() as line:
                    await process.write(line)
                del password
            if len(self.early_output) > MAX_EARLY_OUTPUT:
                del self.early_output[: -MAX_EARLY_OUTPUT // 2]


class SkipToSentinel:
    """Drops stdout up to the line of the sentinel, because the command did not print it."""

    def __init__(self, sentinels: Sentinels) -> None:
        self._line = sentinels.begun + b"\n"
        self._pending: bytearray | None = bytearray()  # None: the sentinel was found

    def feed(self, piece: bytes) -> bytes:
        """Returns the part of the piece that the command printed."""
        if self._pending is None:
            return piece
        self._pending += piece
        index = self._pending.find(self._line)
        if index < 0:
            del self._pending[: -len(self._line)]
            return b""
        rest = bytes(self._pending[index + len(self._line) :])
        self._pending = None
        return rest


class BoundedBuffer:
    """Keeps bytes up to a limit and drops the rest."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        """Bytes that are kept."""
        self._data = bytearray()
        self.truncated = False
        """Whether anything was dropped."""

    def feed(self, piece: bytes) -> None:
        """Adds a piece."""
        room = self.limit - len(self._data)
        self._data += piece[:room]
        self.truncated = self.truncated or len(piece) > room

    @property
    def data(self) -> bytes:
        """The bytes that were kept."""
        return bytes(self._data)


class LineSplitter:
    """Splits pieces of output into lines of at most `limit` bytes; the rest of a longer line is dropped.

    A line ends with LF or CRLF. Text that a lone CR overwrites is left out, as on a terminal: apt's "Reading database"
    alone would be twenty lines.
    """

    def __init__(self, limit: int = 8192) -> None:
        self._limit = limit
        self._rest = bytearray()
        self._after_cr = False

    def feed(self, piece: bytes) -> list[bytes]:
        """Returns the lines that the piece completes."""
        lines: list[bytes] = []
        for part in piece.splitlines(keepends=True):
            text = part.rstrip(b"\r\n")
            if text and self._after_cr:
                self._rest.clear()
            self._rest += text[: max(0, self._limit - len(self._rest))]
            self._after_cr = part.endswith(b"\r") or (self._after_cr and not text)
            if part.endswith(b"\n"):
                lines.append(bytes(self._rest))
                self._rest.clear()
                self._after_cr = False
        return lines

    def end(self) -> list[bytes]:
        """Returns the last line, if it has no end."""
        return [bytes(self._rest)] if self._rest else []
