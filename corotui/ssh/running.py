"""How a command runs, on a node or here: privilege, limits, reports. The shells add only how a process starts."""

from __future__ import annotations

import asyncio
import itertools
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from corotui.cluster.events import CommandEnded, CommandOutput, CommandStarted, Report
from corotui.cluster.text import clean, clean_line
from corotui.errors import AuthenticationFailed, CommandFailed, CommandTimeout, CorotuiError, NodeUnreachable
from corotui.ssh import sudo, wrapping
from corotui.ssh.process import AfterMark, Begin, Collected, Lines, Process, drain
from corotui.ssh.questions import Questions
from corotui.ssh.shell import Result
from corotui.ssh.wrapping import Marks

# Fewer than sshd's MaxSessions (10): what ends a command needs a channel too.
CHANNELS = 8
# A daemon that keeps our stdout open must not keep us: output ends this long after the exit and the last word.
LINGER = 1.0
KILL_TIME = 3.0
SUDO_TRIES = 3
_LAST_LINES = 20
_QUEUE = 1000

_runs = itertools.count(1)


@dataclass(slots=True)
class _Begun:
    process: Process
    marks: Marks
    begin: Begin
    rest: bytes  # of stderr, behind the mark
    ended: bool = False


class _Reported:
    """CommandStarted at once, CommandEnded at the end, whatever the end is."""

    def __init__(self, node: str, command: str, report: Report) -> None:
        self._node = node
        self.command = command
        self.run = next(_runs)
        self._report = report
        self._start = time.monotonic()
        report(CommandStarted(node=node, command=command, run=self.run))

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._start

    def line(self, text: str) -> None:
        self._report(CommandOutput(node=self._node, run=self.run, text=text))

    def end(self, exit_code: int | None, error: str = "") -> None:
        ended = CommandEnded(
            node=self._node,
            command=self.command,
            run=self.run,
            exit_code=exit_code,
            seconds=self.seconds,
            error=error,
        )
        self._report(ended)


class CommandShell(ABC):
    """A Shell over `_spawn`. `user` is who logs in; `sudo` whether privileged commands go through sudo."""

    def __init__(self, node: str, user: str, *, sudo: bool, questions: Questions, report: Report) -> None:
        self._node = node
        self._user = user
        self._sudo = sudo and user != "root"
        self._questions = questions
        self._report = report
        self._channels = asyncio.Semaphore(CHANNELS)

    @property
    def node(self) -> str:
        """The node's name."""
        return self._node

    @abstractmethod
    async def _spawn(self, line: str) -> Process:
        """Starts the shell line. Raises NodeUnreachable."""

    async def run(
        self,
        command: str,
        *,
        stdin: bytes | None = None,
        privileged: bool = False,
        timeout: float = 30.0,
        limit: int = 1 << 20,
        secret: bool = False,
    ) -> Result:
        """See Shell.run."""
        text = wrapping.shown(command, privileged=privileged and self._sudo)
        return await self._run(command, text, stdin, privileged, timeout, limit, secret)

    async def put(self, path: str, data: bytes, *, mode: int = 0o644, owner: str = "root", group: str = "root") -> None:
        """See Shell.put. The report names file, size, mode and owner, never content."""
        command = wrapping.put(path, len(data), mode, owner, group)
        text = f"write {clean_line(path)} ({len(data)} bytes, {mode & 0o7777:04o} {owner}:{group})"
        result = await self._run(command, text, data, True, 30.0 + len(data) / 100_000, 1 << 16, False)
        result.expect()

    @asynccontextmanager
    async def stream(
        self, command: str, *, privileged: bool = False, timeout: float | None = None
    ) -> AsyncIterator[AsyncIterator[str]]:
        """See Shell.stream."""
        text = wrapping.shown(command, privileged=privileged and self._sudo)
        reported = _Reported(self._node, text, self._report)
        exit_code: int | None = None
        error = "stopped here"
        clock = asyncio.timeout(timeout)

        async def lines(begun: _Begun) -> AsyncGenerator[str, None]:
            nonlocal exit_code, error
            last: deque[str] = deque(maxlen=_LAST_LINES)
            async with aclosing(self._lines(begun, reported)) as source:
                async for line in source:
                    last.append(line)
                    yield line
            exit_code = await self._exit_code(begun.process)
            begun.ended = True
            error = "" if exit_code is not None else "ended by a signal"
            if exit_code != 0:
                output = "\n".join(last)
                raise CommandFailed(node=self._node, command=text, exit_code_seen=exit_code, output=output)

        try:
            async with clock, self._channels:
                begun = await self._start(command, privileged, clock, merged=True, seconds=timeout)
                try:
                    async with aclosing(lines(begun)) as source:
                        yield source
                finally:
                    if not begun.ended:
                        await self._stop(begun, privileged)
                    begun.process.close()
        except TimeoutError:
            if not clock.expired():
                raise
            error = f"stopped after {timeout:g} s"
            raise CommandTimeout(node=self._node, command=text, seconds=timeout or 0.0) from None
        except NodeUnreachable as failure:
            error = failure.what
            raise
        finally:
            reported.end(exit_code, error)

    async def _run(
        self,
        command: str,
        text: str,
        stdin: bytes | None,
        privileged: bool,
        timeout: float,
        limit: int,
        secret: bool,
    ) -> Result:
        reported = _Reported(self._node, text, self._report)
        out, err = Collected(limit), Collected(limit)
        error = "stopped here"
        exit_code: int | None = None
        clock = asyncio.timeout(timeout)
        try:
            async with clock, self._channels:
                begun = await self._start(command, privileged, clock, merged=False, seconds=timeout)
                try:
                    exit_code = await self._follow(begun, stdin, out, err)
                except asyncio.CancelledError:
                    await self._stop(begun, privileged)
                    raise
                finally:
                    begun.process.close()
            error = "" if exit_code is not None else "ended by a signal"
        except TimeoutError:
            error = f"stopped after {timeout:g} s"
            raise CommandTimeout(node=self._node, command=text, seconds=timeout) from None
        except CorotuiError as failure:
            error = failure.what
            raise
        finally:
            reported.end(exit_code, error)
        return Result(
            node=self._node,
            command=text,
            exit_code=exit_code,
            stdout=out.data,
            stderr=err.data,
            seconds=reported.seconds,
            truncated=out.truncated or err.truncated,
            secret=secret,
        )

    async def _start(
        self,
        command: str,
        privileged: bool,
        clock: asyncio.Timeout | None,
        *,
        merged: bool,
        seconds: float | None,
        ask: bool = True,
    ) -> _Begun:
        """A process whose command has begun; sudo has its password. The clock stands still while the operator types."""
        through_sudo = privileged and self._sudo
        marks = Marks.new()
        line = wrapping.wrap(command, marks, sudo=through_sudo, merged=merged, seconds=seconds)
        process = await self._spawn(line)
        begin = Begin(marks)
        tried: str | None = None

        async def answer(prompts: int) -> bytes | None:
            nonlocal tried
            if prompts >= SUDO_TRIES:
                return None
            with _paused(clock):
                tried = await self._questions.sudo_password(self._node, self._user, wrong=tried, ask=ask)
            return None if tried is None else tried.encode() + b"\n"

        try:
            rest = await begin.wait(process, answer)
            if begin.begun:
                return _Begun(process, marks, begin, rest)
            raise await self._not_begun(process, begin, through_sudo, tried)
        except BaseException:
            process.close()
            raise

    async def _not_begun(self, process: Process, begin: Begin, through_sudo: bool, tried: str | None) -> CorotuiError:
        await process.write_eof()
        said = clean(bytes(begin.said), limit=2000)
        if through_sudo:
            try:
                async with asyncio.timeout(KILL_TIME):
                    while piece := await process.read_err():
                        said = (said + clean(piece))[-2000:]
            except TimeoutError:
                pass
        try:
            async with asyncio.timeout(LINGER):
                await process.wait()
        except TimeoutError:
            pass
        except ConnectionError as error:
            return self._lost(error)
        if not through_sudo:
            words = f" and said: {clean_line(said, limit=300)}" if said.strip() else ""
            return NodeUnreachable(
                f"the login shell of {self._user} ran no command{words}",
                node=self._node,
                stage="run",
                next_step="Log in there by ssh and see, or choose another user.",
            )
        fault = sudo.fault(said, self._user)
        if tried is None and self._questions.declined_sudo(self._node, self._user):
            fault = sudo.SudoFault(
                f"sudo asks for the password of {self._user}, and none was given",
                f"Give it in the console, or allow {self._user} to use sudo without a password.",
            )
        return AuthenticationFailed(fault.what, node=self._node, stage="sudo", next_step=fault.next_step)

    async def _follow(self, begun: _Begun, stdin: bytes | None, out: Collected, err: Collected) -> int | None:
        """Feeds and reads the command to its end; its exit code."""
        process = begun.process
        after = AfterMark(begun.marks)
        err.feed(begun.rest)
        async with _Tasks() as tasks:
            feeding = tasks.start(_feed(process, stdin or b""))
            last = [asyncio.get_running_loop().time()]
            readers = {
                tasks.start(drain(process.read_out, lambda piece: out.feed(after.feed(piece)), last)),
                tasks.start(drain(process.read_err, err.feed, last)),
            }
            exit_code = await self._exit_code(process)
            await _linger(readers, last)
            feeding.cancel()
            return exit_code

    async def _lines(self, begun: _Begun, reported: _Reported) -> AsyncGenerator[str, None]:
        """The command's lines; the reader waits for the consumer, and the node for the reader."""
        process, after, split = begun.process, AfterMark(begun.marks), Lines()
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(_QUEUE)
        last = [asyncio.get_running_loop().time()]

        async def read() -> None:
            loop = asyncio.get_running_loop()
            while piece := await process.read_out():
                last[0] = loop.time()
                for line in split.feed(after.feed(piece)):
                    await queue.put(line)

        async def end(reader: asyncio.Task[None]) -> None:
            try:
                await self._exit_code(process)
                await _linger({reader}, last)
                for line in split.end():
                    await queue.put(line)
            finally:
                # also where the connection was lost: the consumer then learns it from the exit code
                await queue.put(None)

        async with _Tasks() as tasks:
            tasks.start(_feed(process, b""))
            tasks.start(drain(process.read_err, lambda _: None, [0.0]))
            tasks.start(end(tasks.start(read())))
            while (line := await queue.get()) is not None:
                text = clean_line(line)
                reported.line(text)
                yield text

    async def _exit_code(self, process: Process) -> int | None:
        try:
            return await process.wait()
        except ConnectionError as error:
            raise self._lost(error) from None

    async def _stop(self, begun: _Begun, privileged: bool) -> None:
        """Ends what runs there, as well as that can be done in some seconds."""
        command = wrapping.kill(begun.begin.pid, begun.begin.group)
        try:
            async with asyncio.timeout(KILL_TIME):
                ending = await self._start(command, privileged, None, merged=True, seconds=None, ask=False)
                try:
                    await self._follow(ending, None, Collected(0), Collected(0))
                finally:
                    ending.process.close()
        except (TimeoutError, CorotuiError):
            # the connection is gone or hangs; the node's own time limit ends it there
            pass

    def _lost(self, error: ConnectionError) -> NodeUnreachable:
        return NodeUnreachable(
            f"the connection was lost: {clean_line(str(error)) or 'closed'}",
            node=self._node,
            stage="run",
            changed="Whether the command ended there is not known.",
            next_step="Connect again and look.",
        )


class _Tasks:
    """Tasks of one command: all are cancelled and awaited at the end, none outlives it."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> _Tasks:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def start(self, work: Awaitable[None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._tasks.append(task)
        return task


class _paused:  # noqa: N801 - reads as a verb at its one place
    """Stops a time limit for as long as a human needs; what was left of it is left after."""

    def __init__(self, clock: asyncio.Timeout | None) -> None:
        self._clock = clock
        self._left: float | None = None

    def __enter__(self) -> None:
        when = self._clock.when() if self._clock else None
        if self._clock and when is not None:
            self._left = when - asyncio.get_running_loop().time()
            self._clock.reschedule(None)

    def __exit__(self, *_: object) -> None:
        if self._clock and self._left is not None and not self._clock.expired():
            self._clock.reschedule(asyncio.get_running_loop().time() + self._left)


async def _feed(process: Process, data: bytes) -> None:
    await process.write(data)
    await process.write_eof()


async def _linger(readers: set[asyncio.Task[None]], last: list[float]) -> None:
    """Waits for the ends of the streams, or for LINGER seconds without a word."""
    loop = asyncio.get_running_loop()
    last[0] = loop.time()
    while readers:
        left = last[0] + LINGER - loop.time()
        if left <= 0:
            return
        _, readers = await asyncio.wait(readers, timeout=left)
