"""A Shell over processes of this machine, with a chosen sh and a changed environment."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from corotui.errors import CommandTimeoutError
from corotui.ssh.shell import CommandResult


class ProcessShell:
    """`argv` runs a command line given as its last argument; `environ` is laid over this process's."""

    def __init__(
        self, node: str = "here", argv: Sequence[str] = ("sh", "-c"), environ: Mapping[str, str] | None = None
    ) -> None:
        self._node = node
        self._argv = tuple(argv)
        self._environ = {**os.environ, **(environ or {})}
        self.commands: list[str] = []

    @property
    def node(self) -> str:
        return self._node

    async def run(
        self,
        command: str,
        *,
        stdin: bytes | None = None,
        privileged: bool = False,
        timeout: float = 30.0,
        limit: int = 1 << 20,
        secret: bool = False,
    ) -> CommandResult:
        self.commands.append(command)
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *self._argv,
            command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environ,
        )
        try:
            async with asyncio.timeout(timeout):
                out, err = await process.communicate(stdin or b"")
        except TimeoutError:
            process.kill()
            await process.wait()
            raise CommandTimeoutError(node=self.node, command=command, seconds=timeout) from None
        return CommandResult(
            node=self.node,
            command=command,
            exit_code=process.returncode,
            stdout=out[:limit],
            stderr=err[:limit],
            seconds=time.monotonic() - began,
            truncated=len(out) > limit,
        )

    def stream(
        self, command: str, *, privileged: bool = False, timeout: float | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        raise NotImplementedError

    async def put(self, path: str, data: bytes, *, mode: int = 0o644, owner: str = "root", group: str = "root") -> None:
        raise NotImplementedError


class AnsweringShell(ProcessShell):
    """A Shell whose every command prints the same bytes."""

    def __init__(self, answer: bytes, *, node: str = "node1") -> None:
        super().__init__(node)
        self.answer = answer

    async def run(
        self,
        command: str,
        *,
        stdin: bytes | None = None,
        privileged: bool = False,
        timeout: float = 30.0,
        limit: int = 1 << 20,
        secret: bool = False,
    ) -> CommandResult:
        self.commands.append(command)
        return CommandResult(self.node, command, 0, self.answer[:limit], b"", 0.0)
