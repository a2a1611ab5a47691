"""The shell for a node that is this machine."""

from __future__ import annotations

import asyncio
import getpass
import os
import signal
from asyncio.subprocess import SubprocessStreamProtocol

from corotui.cluster.events import EventSink, ignore_event
from corotui.cluster.model import Node
from corotui.errors import NodeUnreachableError
from corotui.ssh.command.process import CHUNK, Process, chunks
from corotui.ssh.command.shell_base import CommandShell
from corotui.ssh.connect.prompts import CachedPrompts
from corotui.ssh.shell import NonInteractive, Prompter


class LocalShell(CommandShell):
    """A Shell on this machine. Privileged commands go through sudo unless this process is root."""

    def __init__(
        self,
        node: Node,
        *,
        prompter: Prompter | None = None,
        report: EventSink = ignore_event,
        prompts: CachedPrompts | None = None,
    ) -> None:
        """`prompts`: answers that are shared with other shells. Without it, `prompter` asks for this shell alone."""
        root = os.geteuid() == 0
        user = "root" if root else getpass.getuser()
        cached = prompts or CachedPrompts(prompter or NonInteractive())
        super().__init__(node.name, user, sudo=not root, prompts=cached, report=report)

    async def _spawn(self, line: str) -> Process:
        # Never our own stdin: a command that reads it would take key presses from the console.
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
            what = f"no process can be started on this machine: {error.strerror or error}"
            raise NodeUnreachableError(what, node=self._node, stage="run") from None
        return _LocalProcess(transport, protocol)


class _Protocol(SubprocessStreamProtocol):
    """Reports when the process exits. asyncio's own wait also waits for the ends of its streams, maybe much later."""

    def __init__(self) -> None:
        super().__init__(CHUNK, asyncio.get_running_loop())
        self.exited = asyncio.Event()
        """Set when the process has exited."""

    def process_exited(self) -> None:
        super().process_exited()
        self.exited.set()


class _LocalProcess:
    """A Process on this machine, in a session of its own."""

    def __init__(self, transport: asyncio.SubprocessTransport, protocol: _Protocol) -> None:
        self._transport = transport
        self._exited = protocol.exited
        assert protocol.stdin
        assert protocol.stdout
        assert protocol.stderr
        self._in, self._out, self._err = protocol.stdin, protocol.stdout, protocol.stderr

    async def write(self, data: bytes | bytearray) -> None:
        try:
            for piece in chunks(data):
                self._in.write(piece)
                await self._in.drain()
        except OSError:
            pass  # it no longer reads; its exit code says why

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
        await self._exited.wait()
        code = self._transport.get_returncode()
        return code if code is not None and code >= 0 else None

    def close(self) -> None:
        self._in.close()
        if self._transport.get_returncode() is None:
            try:
                os.killpg(self._transport.get_pid(), signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass  # gone, or root's: `CommandShell` killed it through sudo before
        self._transport.close()  # else pipes that a daemon holds would stay open
