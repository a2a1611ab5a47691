"""A process that was started, here or on a node, as the shells see it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Protocol

from corotui.ssh.command.wrapper import Sentinels

CHUNK = 1 << 16
MAX_EARLY_OUTPUT = 1 << 16  # bytes of start-up talk that are kept


class Process(Protocol):
    async def write(self, data: bytes) -> None:
        """Gives data to its standard input, at its pace. A process that is gone or no longer reads takes nothing."""

    async def write_eof(self) -> None: ...

    async def read_out(self) -> bytes:
        """The next piece of its stdout, empty at the end."""

    async def read_err(self) -> bytes:
        """The next piece of its stderr, empty at the end."""

    async def wait(self) -> int | None:
        """Its exit code, None after a signal. Raises ConnectionError where the connection ended first."""

    def close(self) -> None:
        """Lets go of it. What still runs on a node is not ended by this."""


class StartHandshake:
    """Reads a process' stderr up to the mark that its command begins; answers sudo's prompts on the way."""

    def __init__(self, marks: Sentinels) -> None:
        self._marks = marks
        self._mark = re.compile(re.escape(marks.begun) + rb" (\d{1,10}) (\d{1,10})\n")
        self.early_output = bytearray()  # what came before the mark
        self.pid = 0
        self.process_group = 0

    @property
    def has_begun(self) -> bool:
        return self.pid > 0

    async def wait(self, process: Process, answer: Callable[[int], Awaitable[bytes | None]]) -> bytes:
        """What of stderr came behind the mark. `answer(n)` gives the line for sudo's n-th prompt, None for none.

        Returns with `begun` False where the process ended, or no answer was given, before the mark.
        """
        prompts = 0
        while True:
            piece = await process.read_err()
            self.early_output += piece
            found = self._mark.search(self.early_output)
            if found:
                self.pid, self.process_group = int(found.group(1)), int(found.group(2))
                rest = bytes(self.early_output[found.end() :])
                del self.early_output[found.start() :]
                return rest
            if not piece:
                return b""
            while (place := self.early_output.find(self._marks.prompt)) >= 0:
                del self.early_output[: place + len(self._marks.prompt)]
                line = await answer(prompts)
                prompts += 1
                if line is None:
                    return b""
                await process.write(line)
            if len(self.early_output) > MAX_EARLY_OUTPUT:
                del self.early_output[: -MAX_EARLY_OUTPUT // 2]


class SkipToSentinel:
    """Lets through what of stdout comes behind the mark's line."""

    def __init__(self, marks: Sentinels) -> None:
        self._mark = marks.begun + b"\n"
        self._held: bytearray | None = bytearray()

    def feed(self, piece: bytes) -> bytes:
        if self._held is None:
            return piece
        self._held += piece
        place = self._held.find(self._mark)
        if place < 0:
            del self._held[: -len(self._mark)]
            return b""
        rest = bytes(self._held[place + len(self._mark) :])
        self._held = None
        return rest


class BoundedBuffer:
    """Bytes up to a limit; the rest is counted as cut off and forgotten."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._data = bytearray()
        self.truncated = False

    def feed(self, piece: bytes) -> None:
        room = self._limit - len(self._data)
        self._data += piece[:room]
        self.truncated = self.truncated or len(piece) > room

    @property
    def data(self) -> bytes:
        return bytes(self._data)


class LineSplitter:
    """Pieces of output -> whole lines of at most `limit` bytes; longer ones come cut, their rest is dropped.

    A line ends with LF or CRLF. Text that a lone CR overwrites is left out, as on a terminal: apt's "Reading database"
    alone would be twenty lines.
    """

    def __init__(self, limit: int = 8192) -> None:
        self._limit = limit
        self._rest = bytearray()
        self._after_cr = False

    def feed(self, piece: bytes) -> list[bytes]:
        found: list[bytes] = []
        for part in piece.splitlines(keepends=True):
            text = part.rstrip(b"\r\n")
            if text and self._after_cr:
                self._rest.clear()
            self._rest += text[: max(0, self._limit - len(self._rest))]
            self._after_cr = part.endswith(b"\r") or (self._after_cr and not text)
            if part.endswith(b"\n"):
                found.append(bytes(self._rest))
                self._rest.clear()
                self._after_cr = False
        return found

    def end(self) -> list[bytes]:
        return [bytes(self._rest)] if self._rest else []
