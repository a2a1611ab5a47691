"""The shell of this machine, for a node that is this machine."""

from __future__ import annotations

import asyncio
import getpass
import os
import signal
from asyncio.subprocess import SubprocessStreamProtocol

from corotui.cluster.events import EventSink, ignore_event
from corotui.cluster.model import Node
from corotui.errors import NodeUnreachableError
from corotui.ssh.command.process import CHUNK, Process
from corotui.ssh.command.shell_base import CommandShell
from corotui.ssh.connect.prompts import CachedPrompts
from corotui.ssh.shell import NonInteractive, Prompter


class LocalShell(CommandShell):
    """A Shell on this machine. Privileged commands go through sudo where this process is not root."""

    def __init__(
        self,
        node: Node,
        *,
        prompter: Prompter | None = None,
        report: EventSink = ignore_event,
        questions: CachedPrompts | None = None,
    ) -> None:
        root = os.geteuid() == 0
        user = "root" if root else getpass.getuser()
        asked = questions or CachedPrompts(prompter or NonInteractive())
        super().__init__(node.name, user, sudo=not root, questions=asked, report=report)

    async def _spawn(self, line: str) -> Process:
        # Never our own stdin: a command that read it would take keys from the console.
        pipe = asyncio.subprocess.PIPE
        try:
            transport, protocol = await asyncio.get_running_loop().subprocess_exec(
                _Protocol,
                *("/bin/sh", "-c", line),
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                start_new_session=True,
            )
        except OSError as error:
            what = f"no process can be started here: {error.strerror or error}"
            raise NodeUnreachableError(what, node=self._node, stage="run") from None
        return _LocalProcess(transport, protocol)


class _Protocol(SubprocessStreamProtocol):
    """Says when the process has exited, which may be long before its streams end; asyncio's own wait does not."""

    def __init__(self) -> None:
        super().__init__(CHUNK, asyncio.get_running_loop())
        self.over = asyncio.Event()

    def process_exited(self) -> None:
        super().process_exited()
        self.over.set()


class _LocalProcess:
    def __init__(self, transport: asyncio.SubprocessTransport, protocol: _Protocol) -> None:
        self._transport = transport
        self._over = protocol.over
        assert protocol.stdin
        assert protocol.stdout
        assert protocol.stderr
        self._in, self._out, self._err = protocol.stdin, protocol.stdout, protocol.stderr

    async def write(self, data: bytes) -> None:
        try:
            for start in range(0, len(data), CHUNK):
                self._in.write(data[start : start + CHUNK])
                await self._in.drain()
        except OSError:
            pass  # it no longer reads; its exit status tells the rest

    async def write_eof(self) -> None:
        try:
            self._in.write_eof()
        except OSError:
            pass

    async def read_out(self) -> bytes:
        return await self._out.read(CHUNK)

    async def read_err(self) -> bytes:
        return await self._err.read(CHUNK)

    async def wait(self) -> int | None:
        await self._over.wait()
        code = self._transport.get_returncode()
        return code if code is not None and code >= 0 else None

    def close(self) -> None:
        self._in.close()
        if self._transport.get_returncode() is None:
            try:
                os.killpg(self._transport.get_pid(), signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass  # gone, or root's through sudo: the kill through sudo came before
        self._transport.close()  # pipes that a daemon holds would stay open
