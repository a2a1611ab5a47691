"""A command that is written to and read from, line by line, while it runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable

from corotui.cluster.text.bounded import one_line
from corotui.errors import CommandError
from corotui.ssh.command.process import LineSplitter, SkipToSentinel
from corotui.ssh.command.starter import RunningCommand

_LAST_LINES = 5  # lines that the error of a command quotes


class CommandSession:
    """The two ends of a running command: its stdin, and its stdout and stderr together."""

    def __init__(
        self, running: RunningCommand, command: str, node: str, end: Callable[[], Awaitable[int | None]]
    ) -> None:
        """`end` waits for the exit code; it raises NodeUnreachableError if the connection is lost."""
        self._process = running.process
        self._filter = SkipToSentinel(running.request.sentinels)
        self._splitter = LineSplitter()
        self._lines: deque[str] = deque()
        self._last: deque[str] = deque(maxlen=_LAST_LINES)
        self._command = command
        self._node = node
        self._end = end

    async def write_line(self, line: str) -> None:
        """Writes a line to the command. Does not raise if the command has ended; `read_line` does."""
        await self._process.write(line.encode() + b"\n")

    async def read_line(self) -> str:
        """Returns the command's next line, of bounded length.

        Raises NodeUnreachableError if the connection is lost, and CommandError if the command ended.
        """
        while not self._lines:
            piece = await self._process.read_out()
            if not piece:
                code = await self._end()
                raise CommandError(
                    node=self._node, command=self._command, returncode=code, output="\n".join(self._last)
                )
            self._lines += (one_line(line) for line in self._splitter.feed(self._filter.feed(piece)))
        self._last.append(self._lines[0])
        return self._lines.popleft()
