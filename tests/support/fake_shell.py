"""The one double of a Shell: a handler gets what is asked of the node and answers it, as with httpx's MockTransport."""

from __future__ import annotations

import asyncio
import inspect
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from corotui.cluster.events import EventSink, Purpose, ignore_event
from corotui.cluster.text.bounded import one_line
from corotui.errors import CommandError, CommandTimeoutError
from corotui.ssh.command.events import CommandReporter
from corotui.ssh.command.wrapper import stdin_script
from corotui.ssh.shell import CommandResult, LineSession


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a node: a command to run or to stream, or a file to write."""

    node: str
    command: str
    """The command line; `write PATH` for a file."""
    stdin: bytes | None = None
    """What the command reads, or the content of the file."""
    privileged: bool = False
    path: str = ""
    """Where the file is written; empty for a command."""
    mode: int = 0
    purpose: Purpose = Purpose.WORK


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command prints, and its exit code."""

    stdout: bytes = b""
    exit_code: int | None = 0
    stderr: bytes = b""


Handler = Callable[[Request], Reply | Awaitable[Reply]]


class FreeLock:
    """Answers as the script that holds a node's lock, for a lock that nobody else wants."""

    def __init__(self, node: str) -> None:
        self._answers = [f"node {node} {node}"]

    async def write_line(self, line: str) -> None:
        self._answers.append("held")

    async def read_line(self) -> str:
        return self._answers.pop(0)


def mark_of(script: bytes | None) -> str:
    """The sentinel of a framed script, from its first line."""
    found = re.match(rb"unset mark; mark='?([^'\n]+)'?\n", script or b"")
    assert found is not None, "the script begins without its sentinel"
    return found[1].decode()


class FakeShell:
    """A Shell whose every request goes to `handler`, a function or a coroutine function that replies or raises.

    `report` gets the events of commands that run to their end, as those of a real Shell.
    """

    def __init__(self, handler: Handler, node: str = "node1") -> None:
        self.node = node
        self.handler = handler
        self.report: EventSink = ignore_event
        self.requests: list[Request] = []

    @property
    def commands(self) -> tuple[str, ...]:
        """The command lines so far, in their order; `write PATH` for a file."""
        return tuple(request.command for request in self.requests)

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
        script = stdin_script(command, stdin) if stdin and purpose is not Purpose.SECRET else ""
        reporter = CommandReporter(self.node, command, self.report, script=script, purpose=purpose)
        try:
            async with asyncio.timeout(timeout):
                reply = await self._reply(Request(self.node, command, stdin, privileged, purpose=purpose))
        except TimeoutError:
            raise CommandTimeoutError(node=self.node, command=command, seconds=timeout) from None
        reporter.exited(reply.exit_code)
        reporter.end()
        return CommandResult(
            self.node,
            command,
            reply.exit_code,
            reply.stdout[:limit],
            reply.stderr[:limit],
            seconds=0.0,
            truncated=len(reply.stdout) > limit,
            secret=purpose is Purpose.SECRET,
        )

    @asynccontextmanager
    async def stream(
        self, command: str, *, privileged: bool = False, timeout: float | None = None
    ) -> AsyncIterator[AsyncIterator[str]]:
        reply = await self._reply(Request(self.node, command, None, privileged))
        text = reply.stdout.decode("utf-8", "replace")

        async def lines() -> AsyncIterator[str]:
            for line in text.splitlines():
                yield one_line(line)
            if reply.exit_code != 0:
                raise CommandError(node=self.node, command=command, returncode=reply.exit_code, output=text)

        yield lines()

    @asynccontextmanager
    async def session(self, command: str, *, privileged: bool = False) -> AsyncIterator[LineSession]:
        """A session with what holds the node's lock, which is always free. `requests` does not count it."""
        yield FreeLock(self.node)

    async def put(self, path: str, data: bytes, *, mode: int = 0o644, owner: str = "root", group: str = "root") -> None:
        request = Request(self.node, f"write {path}", data, privileged=True, path=path, mode=mode)
        reply = await self._reply(request)
        if reply.exit_code != 0:
            raise CommandError(
                node=self.node,
                command=request.command,
                returncode=reply.exit_code,
                output=reply.stderr.decode("utf-8", "replace"),
            )

    async def _reply(self, request: Request) -> Reply:
        self.requests.append(request)
        reply = self.handler(request)
        return await reply if inspect.isawaitable(reply) else reply


def always(stdout: bytes) -> Handler:
    """A handler that prints the same for every command."""
    return lambda request: Reply(stdout)


def local_processes(
    argv: Sequence[str] = ("sh", "-c"), environ: Mapping[str, str] | None = None, *, inherit: bool = True
) -> Callable[[Request], Awaitable[Reply]]:
    """A handler that runs each command as a process of this machine.

    `argv` takes the command line as its last argument. `environ` is laid over this process's environment, or replaces
    it where `inherit` is False.
    """
    env = {**(os.environ if inherit else {}), **(environ or {})}

    async def run(request: Request) -> Reply:
        process = await asyncio.create_subprocess_exec(
            *argv,
            request.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=env,
        )
        try:
            out, err = await process.communicate(request.stdin or b"")
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return Reply(out, process.returncode, err)

    return run
