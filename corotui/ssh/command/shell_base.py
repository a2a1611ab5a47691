"""How a command runs, on a node or here: limits, reports, its end. The shells add only how a process starts."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

from corotui.cluster.events import EventSink, Purpose
from corotui.cluster.sanitize import clean_line
from corotui.errors import CommandError, CommandTimeoutError, CorotuiError
from corotui.ssh.command import wrapper
from corotui.ssh.command.events import CommandReporter
from corotui.ssh.command.process import BoundedBuffer, LineSplitter, Process, SkipToSentinel
from corotui.ssh.command.starter import CommandRequest, CommandStarter, RunningCommand, connection_lost
from corotui.ssh.command.streams import StreamPump
from corotui.ssh.connect.prompts import CachedPrompts
from corotui.ssh.shell import CommandResult

# Fewer than sshd's MaxSessions (10): what ends a command needs a channel too.
CHANNELS = 8
_KILL_TIME = 3.0  # seconds
_LAST_LINES = 20
_QUEUE = 1000  # lines read ahead of the consumer


class CommandShell(ABC):
    """A Shell over `_spawn`. `user` is who logs in; `sudo`: privileged commands of another user than root need it."""

    def __init__(self, node: str, user: str, *, sudo: bool, questions: CachedPrompts, report: EventSink) -> None:
        self._node = node
        self._user = user
        self._report = report
        self._channels = asyncio.Semaphore(CHANNELS)
        self._starter = CommandStarter(node, user, sudo=sudo and user != "root", questions=questions, spawn=self._spawn)

    @property
    def node(self) -> str:
        """The node's name."""
        return self._node

    @abstractmethod
    async def _spawn(self, line: str) -> Process:
        """Starts the shell line. Raises NodeUnreachableError."""

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
        reported = CommandReporter(self._node, text, self._report, script=script, purpose=purpose)
        request = CommandRequest(command, privileged, merge_stderr=False, seconds=timeout)
        result = await self._run(reported, request, stdin, limit)
        return replace(result, secret=is_secret)

    async def put(self, path: str, data: bytes, *, mode: int = 0o644, owner: str = "root", group: str = "root") -> None:
        """See Shell.put. The report names file, size, mode and owner, never content."""
        command = wrapper.put_command(path, len(data), mode, owner, group)
        text = f"write {clean_line(path)} ({len(data)} bytes, {mode & 0o7777:04o} {owner}:{group})"
        reported = CommandReporter(self._node, text, self._report)
        request = CommandRequest(command, privileged=True, merge_stderr=False, seconds=30.0 + len(data) / 100_000)
        result = await self._run(reported, request, data, limit=1 << 16)
        if result.exit_code != 0 and self._user != "root" and not self._starter.needs_sudo(True):
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
        reported = CommandReporter(self._node, self._display_text(command, privileged), self._report)
        clock = asyncio.timeout(timeout)
        start = CommandRequest(command, privileged, merge_stderr=True, clock=clock, seconds=timeout)
        try:
            async with clock, self._channels:
                running = await self._starter.start(start)
                try:
                    async with aclosing(self._to_the_end(running, reported)) as lines:
                        yield lines
                finally:
                    if not running.has_ended:
                        await self._stop(running)
                    running.process.close()
        except TimeoutError:
            if not clock.expired():
                raise
            raise self._timed_out(reported, start, timeout or 0.0) from None
        except CorotuiError as error:
            if not isinstance(error, CommandError):
                reported.error = error.what
            raise
        finally:
            reported.end()

    def _display_text(self, command: str, privileged: bool) -> str:
        return wrapper.display_text(command, privileged=self._starter.needs_sudo(privileged))

    async def _run(
        self, reported: CommandReporter, request: CommandRequest, stdin: bytes | None, limit: int
    ) -> CommandResult:
        """Runs a command to its end. `limit` in bytes for each of stdout and stderr."""
        out, err = BoundedBuffer(limit), BoundedBuffer(limit)
        request.clock = clock = asyncio.timeout(request.seconds)
        try:
            async with clock, self._channels:
                running = await self._starter.start(request)
                try:
                    reported.exited(await self._follow(running, stdin, out, err))
                finally:
                    if not running.has_ended:
                        await self._stop(running)
                    running.process.close()
        except TimeoutError:
            raise self._timed_out(reported, request, request.seconds or 0.0) from None
        except CorotuiError as error:
            reported.error = error.what
            raise
        finally:
            reported.end()
        return CommandResult(
            node=self._node,
            command=reported.command,
            exit_code=reported.exit_code,
            stdout=out.data,
            stderr=err.data,
            seconds=reported.seconds,
            truncated=out.truncated or err.truncated,
        )

    async def _follow(
        self, running: RunningCommand, stdin: bytes | None, out: BoundedBuffer, err: BoundedBuffer
    ) -> int | None:
        """Feeds and reads the command to its end; its exit code."""
        process, after = running.process, SkipToSentinel(running.request.sentinels)
        err.feed(running.early_stderr)
        async with StreamPump(process) as streams:
            streams.feed(stdin or b"")
            streams.read(process.read_out, lambda piece: out.feed(after.feed(piece)))
            streams.read(process.read_err, err.feed)
            exit_code = await self._exit_code(running)
            await streams.wait_finished()
            return exit_code

    async def _to_the_end(self, running: RunningCommand, reported: CommandReporter) -> AsyncGenerator[str, None]:
        last: deque[str] = deque(maxlen=_LAST_LINES)
        async with aclosing(self._lines(running, reported)) as lines:
            async for line in lines:
                last.append(line)
                yield line
        exit_code = await self._exit_code(running)
        reported.exited(exit_code)
        if exit_code != 0:
            raise CommandError(node=self._node, command=reported.command, returncode=exit_code, output="\n".join(last))

    async def _lines(self, running: RunningCommand, reported: CommandReporter) -> AsyncGenerator[str, None]:
        """The command's lines; the reader waits for the consumer, and the node for the reader."""
        process, after, split = running.process, SkipToSentinel(running.request.sentinels), LineSplitter()
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(_QUEUE)

        async def take(piece: bytes) -> None:
            for line in split.feed(after.feed(piece)):
                await queue.put(line)

        async def end() -> None:
            try:
                await process.wait()
                await streams.wait_finished()
            except ConnectionError:
                pass  # the consumer learns it from the exit code
            for line in split.end():
                await queue.put(line)
            await queue.put(None)

        async with StreamPump(process) as streams:
            streams.feed(b"")
            streams.read(process.read_out, take)
            streams.read(process.read_err, lambda _: None)
            streams.start(end())
            while (line := await queue.get()) is not None:
                text = clean_line(line)
                reported.line(text)
                yield text

    async def _exit_code(self, running: RunningCommand) -> int | None:
        try:
            exit_code = await running.process.wait()
        except ConnectionError as error:
            running.has_ended = True  # nothing can be done about it over this connection
            raise connection_lost(self._node, error) from None
        running.has_ended = True
        return exit_code

    async def _stop(self, running: RunningCommand) -> None:
        """Ends what runs there, as well as that can be done in some seconds."""
        try:
            async with asyncio.timeout(_KILL_TIME):
                start = CommandRequest(
                    running.kill_command, running.request.privileged, merge_stderr=True, may_prompt=False
                )
                killing = await self._starter.start(start)
                try:
                    await self._follow(killing, None, BoundedBuffer(0), BoundedBuffer(0))
                finally:
                    killing.process.close()
        except (TimeoutError, CorotuiError):
            pass  # the connection is gone or hangs; the node's own time limit ends it there

    def _timed_out(self, reported: CommandReporter, start: CommandRequest, seconds: float) -> CorotuiError:
        reported.error = f"stopped after {seconds:g} s"
        late = self._starter.timeout_error(start, seconds)
        return late or CommandTimeoutError(node=self._node, command=reported.command, seconds=seconds)
