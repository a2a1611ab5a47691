"""Runs commands on a node or on this machine: limits, reports, and the end. A subclass only starts the process."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import replace

from corotui.cluster.events import EventSink, Purpose
from corotui.cluster.text.bounded import one_line
from corotui.errors import CommandError, CommandStoppedError, CommandTimeoutError, CorotuiError, OutputLimitError
from corotui.ssh.command import wrapper
from corotui.ssh.command.events import CommandReporter
from corotui.ssh.command.process import BoundedBuffer, LineSplitter, Process, SkipToSentinel
from corotui.ssh.command.session import CommandSession
from corotui.ssh.command.starter import CommandRequest, CommandStarter, RunningCommand, connection_lost
from corotui.ssh.command.streams import FloodError, StreamPump
from corotui.ssh.connect.prompts import CachedPrompts
from corotui.ssh.shell import CommandResult

CHANNELS = 8
"""Commands at once on one node. Fewer than sshd's MaxSessions (10), because killing a command needs a channel too."""
MAX_DROPPED = 4 << 20
"""Bytes beyond its limit that a command may print before it is ended. They are read and dropped: over ssh that takes
about 0.02 s of CPU for each MiB."""
MAX_STREAM = 64 << 20
"""Bytes that a streamed command may print, and MAX_STREAM_LINES lines: a build prints 1 MiB in 10,000 lines."""
MAX_STREAM_LINES = 500_000
_KILL_TIMEOUT = 1.5  # seconds; the node's own time limit ends what this does not
_SESSION_START = 30.0  # seconds until a session's command begins
_SESSION_END = 3.0  # seconds for its end after its stdin was closed
_LAST_LINES = 20  # lines of a failed stream that its error quotes
_MAX_QUEUED_LINES = 200  # lines read ahead of the consumer, all handled before anything else gets a turn
_PUT_TIMEOUT = 30.0  # seconds, and one more for each _PUT_BYTES_PER_SECOND
_PUT_BYTES_PER_SECOND = 100_000


class CommandShell(ABC):
    """A Shell on top of `_spawn`."""

    def __init__(self, node: str, user: str, *, sudo: bool, prompts: CachedPrompts, report: EventSink) -> None:
        """`user` is the login. `sudo`: whether privileged commands go through sudo; root never needs it."""
        self._node = node
        self._user = user
        self._report = report
        self._channels = asyncio.Semaphore(CHANNELS)
        self._starter = CommandStarter(node, user, sudo=sudo and user != "root", prompts=prompts, spawn=self._spawn)

    @property
    def node(self) -> str:
        """The node's name."""
        return self._node

    @abstractmethod
    async def _spawn(self, line: str) -> Process:
        """Starts a command line of the login shell. Raises NodeUnreachableError."""

    async def run(
        self,
        command: str,
        *,
        stdin: bytes | None = None,
        privileged: bool = False,
        timeout: float = 30.0,
        limit: int = 1 << 20,
        purpose: Purpose = Purpose.WORK,
    ) -> CommandResult:
        """See Shell.run."""
        is_secret = purpose is Purpose.SECRET
        script = "" if is_secret or stdin is None else wrapper.stdin_script(command, stdin)
        text = self._display_text(command, privileged)
        reporter = CommandReporter(self._node, text, self._report, script=script, purpose=purpose)
        request = CommandRequest(command, privileged=privileged, seconds=timeout)
        try:
            result = await self._run(request, reporter, stdin=stdin, limit=limit)
        except CommandStoppedError as error:
            if is_secret:
                error.stdout = b""
            raise
        return replace(result, secret=is_secret)

    async def put(self, path: str, data: bytes, *, mode: int = 0o644, owner: str = "root", group: str = "root") -> None:
        """See Shell.put. The report names file, size, mode and owner, never the content."""
        command = wrapper.put_command(path, len(data), mode, owner, group)
        text = f"write {one_line(path)} ({len(data)} bytes, {mode & 0o7777:04o} {owner}:{group})"
        reporter = CommandReporter(self._node, text, self._report)
        seconds = _PUT_TIMEOUT + len(data) / _PUT_BYTES_PER_SECOND
        request = CommandRequest(command, privileged=True, seconds=seconds)
        result = await self._run(request, reporter, stdin=data, limit=1 << 16)
        if result.exit_code != 0 and self._user != "root" and not self._starter.needs_sudo(privileged=True):
            raise CommandError(
                node=self._node,
                command=text,
                returncode=result.exit_code,
                output=result.error_text,
                next_step=f"{self._user} is not root there: write `sudo = true` for this node in cluster.toml.",
            )
        result.expect()

    @asynccontextmanager
    async def stream(
        self, command: str, *, privileged: bool = False, timeout: float | None = None
    ) -> AsyncIterator[AsyncIterator[str]]:
        """See Shell.stream."""
        reporter = CommandReporter(self._node, self._display_text(command, privileged), self._report)
        request = CommandRequest(command, privileged=privileged, merge_stderr=True, seconds=timeout)
        try:
            async with request.clock, self._channels:
                running = await self._starter.start(request)
                try:
                    async with aclosing(self._lines_or_error(running, reporter)) as lines:
                        yield lines
                finally:
                    if not running.has_ended:
                        await self._stop(running)
                    running.process.close()
        except TimeoutError:
            if not request.clock.expired():
                raise  # a TimeoutError of the caller, from inside the context
            raise self._timed_out(reporter, request) from None
        except CorotuiError as error:
            if not isinstance(error, CommandError | OutputLimitError):
                reporter.error = error.what
            raise
        finally:
            reporter.end()

    @asynccontextmanager
    async def session(self, command: str, *, privileged: bool = False) -> AsyncIterator[CommandSession]:
        """See Shell.session."""
        text = self._display_text(command, privileged)
        request = CommandRequest(command, privileged=privileged, merge_stderr=True)
        reporter = CommandReporter(self._node, text, self._report, purpose=Purpose.POLL)
        try:
            async with request.clock, self._channels:
                request.clock.reschedule(asyncio.get_running_loop().time() + _SESSION_START)
                running = await self._starter.start(request)
                request.clock.reschedule(None)
                try:
                    end = running.process.wait
                    yield CommandSession(running, text, self._node, lambda: self._exit_code(running, end()))
                finally:
                    with suppress(TimeoutError, CorotuiError):
                        async with asyncio.timeout(_SESSION_END):
                            await running.process.write_eof()
                            await self._exit_code(running, end())
                    if not running.has_ended:
                        await self._stop(running)
                    running.process.close()
        except TimeoutError:
            if not request.clock.expired():
                raise  # a TimeoutError of the caller, from inside the context
            reporter.error = f"did not begin within {_SESSION_START:g} s"
            raise CommandTimeoutError(node=self._node, command=text, seconds=_SESSION_START) from None
        finally:
            reporter.end()

    def _display_text(self, command: str, privileged: bool) -> str:
        """Returns the command as the operator sees it."""
        return wrapper.display_text(command, privileged=self._starter.needs_sudo(privileged=privileged))

    async def _run(
        self, request: CommandRequest, reporter: CommandReporter, *, stdin: bytes | None, limit: int
    ) -> CommandResult:
        """Runs a command to its end. `limit`: bytes that are kept of each of stdout and stderr."""
        out, err = BoundedBuffer(limit), BoundedBuffer(limit)
        try:
            async with request.clock, self._channels:
                running = await self._starter.start(request)
                try:
                    reporter.exited(await self._follow(running, stdin, out, err))
                finally:
                    if not running.has_ended:
                        await self._stop(running)
                    running.process.close()
        except TimeoutError:
            raise self._timed_out(reporter, request, out.data) from None
        except FloodError:
            reporter.error = "stopped because it printed without end"
            raise OutputLimitError(
                node=self._node, command=reporter.command, limit=limit + MAX_DROPPED, stdout=out.data
            ) from None
        except CorotuiError as error:
            reporter.error = error.what
            raise
        finally:
            reporter.end()
        return CommandResult(
            node=self._node,
            command=reporter.command,
            exit_code=reporter.exit_code,
            stdout=out.data,
            stderr=err.data,
            seconds=reporter.seconds,
            truncated=out.truncated or err.truncated,
        )

    async def _follow(
        self, running: RunningCommand, stdin: bytes | None, out: BoundedBuffer, err: BoundedBuffer
    ) -> int | None:
        """Feeds the command, reads it to its end, and returns its exit code."""
        process, stdout_filter = running.process, SkipToSentinel(running.request.sentinels)
        err.feed(running.early_stderr)
        async with StreamPump(process) as streams:
            streams.feed(stdin or b"")
            streams.read(
                process.read_out, lambda piece: out.feed(stdout_filter.feed(piece)), most=out.limit + MAX_DROPPED
            )
            streams.read(process.read_err, err.feed, most=err.limit + MAX_DROPPED)
            exit_code = await self._exit_code(running, streams.wait_exit())
            await streams.wait_finished()
            return exit_code

    async def _lines_or_error(self, running: RunningCommand, reporter: CommandReporter) -> AsyncGenerator[str, None]:
        """Yields the command's lines; raises CommandError at the end if it failed."""
        last: deque[str] = deque(maxlen=_LAST_LINES)
        async with aclosing(self._lines(running, reporter)) as lines:
            async for line in lines:
                last.append(line)
                yield line
        exit_code = await self._exit_code(running, running.process.wait())
        reporter.exited(exit_code)
        if exit_code != 0:
            raise CommandError(node=self._node, command=reporter.command, returncode=exit_code, output="\n".join(last))

    async def _lines(self, running: RunningCommand, reporter: CommandReporter) -> AsyncGenerator[str, None]:
        """Yields the command's lines. A slow consumer slows the reader, and the reader slows the node."""
        process, stdout_filter, splitter = running.process, SkipToSentinel(running.request.sentinels), LineSplitter()
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(_MAX_QUEUED_LINES)
        flooded = False

        async def enqueue(piece: bytes) -> None:
            for line in splitter.feed(stdout_filter.feed(piece)):
                await queue.put(line)

        async def end() -> None:
            nonlocal flooded
            try:
                await streams.wait_exit()
                await streams.wait_finished()
            except FloodError:
                flooded = True
            except ConnectionError:
                pass  # `_exit_code` raises it to the consumer
            for line in splitter.end():
                await queue.put(line)
            await queue.put(None)

        async with StreamPump(process) as streams:
            streams.feed(b"")
            streams.read(process.read_out, enqueue, most=MAX_STREAM)
            streams.read(process.read_err, lambda _: None, most=MAX_DROPPED)
            streams.start(end())
            count = 0
            while (line := await queue.get()) is not None and count < MAX_STREAM_LINES:
                count += 1
                text = one_line(line)
                reporter.line(text)
                yield text
        if flooded or count == MAX_STREAM_LINES:
            reporter.error = "stopped because it printed without end"
            raise OutputLimitError(node=self._node, command=reporter.command, limit=MAX_STREAM)

    async def _exit_code(self, running: RunningCommand, exited: Awaitable[int | None]) -> int | None:
        """Waits for the exit. Returns the exit code, None after a signal; raises NodeUnreachableError."""
        try:
            exit_code = await exited
        except ConnectionError as error:
            running.has_ended = True  # no command can reach it over this connection any more
            raise connection_lost(self._node, error) from None
        running.has_ended = True
        return exit_code

    async def _stop(self, running: RunningCommand) -> None:
        """Kills the command, if the node answers within _KILL_TIMEOUT. Never raises for a node that does not."""
        try:
            async with asyncio.timeout(_KILL_TIMEOUT):
                request = CommandRequest(
                    running.kill_command, privileged=running.request.privileged, merge_stderr=True, may_prompt=False
                )
                killing = await self._starter.start(request)
                try:
                    await self._follow(killing, None, BoundedBuffer(0), BoundedBuffer(0))
                finally:
                    killing.process.close()
        except (TimeoutError, FloodError, CorotuiError):
            pass  # the connection is lost or hangs; the node's own time limit ends the command

    def _timed_out(self, reporter: CommandReporter, request: CommandRequest, stdout: bytes = b"") -> CorotuiError:
        """Returns the error for a command whose time limit ended."""
        seconds = request.seconds or 0.0
        reporter.error = f"stopped after {seconds:g} s"
        sudo_error = self._starter.timeout_error(request, seconds)
        return sudo_error or CommandTimeoutError(
            node=self._node, command=reporter.command, seconds=seconds, stdout=stdout
        )
