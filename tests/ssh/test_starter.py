"""A command that does not begin: a login shell that hangs or prints without end, a node that opens no session."""

from __future__ import annotations

import asyncio

import pytest

from corotui.errors import NodeUnreachableError
from corotui.ssh.command import starter
from corotui.ssh.command.process import Process
from corotui.ssh.command.starter import CommandRequest, CommandStarter
from corotui.ssh.connect.prompts import CachedPrompts
from corotui.ssh.shell import NonInteractive


class Silent:
    """A process that prints `piece` once, or always, and never ends."""

    def __init__(self, piece: bytes = b"", *, always: bool = False) -> None:
        self._piece = piece
        self._always = always
        self.read = 0
        self.closed = False

    async def read_err(self) -> bytes:
        if self._piece and (self._always or not self.read):
            self.read += len(self._piece)
            return self._piece
        await asyncio.Event().wait()
        return b""

    async def read_out(self) -> bytes:
        await asyncio.Event().wait()
        return b""

    async def write(self, data: bytes) -> None: ...

    async def write_eof(self) -> None: ...

    async def wait(self) -> int | None:
        await asyncio.Event().wait()
        return None

    def close(self) -> None:
        self.closed = True


async def start(process: Process | None) -> None:
    async def spawn(line: str) -> Process:
        if process is None:
            await asyncio.Event().wait()
        assert process is not None
        return process

    shell = CommandStarter("node1", "root", sudo=False, prompts=CachedPrompts(NonInteractive()), spawn=spawn)
    await shell.start(CommandRequest("true", privileged=True, seconds=60))


async def test_a_login_shell_that_hangs_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starter, "START_TIMEOUT", 0.1)
    process = Silent(b"Welcome\n")
    with pytest.raises(NodeUnreachableError, match=r"ran no command within 0\.1 s and said: Welcome"):
        await start(process)
    assert process.closed


async def test_a_node_that_opens_no_session_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starter, "START_TIMEOUT", 0.1)
    with pytest.raises(NodeUnreachableError, match=r"opens no session within 0\.1 s"):
        await start(None)


async def test_a_login_shell_that_prints_without_end_is_left() -> None:
    process = Silent(b"x" * 60_000, always=True)
    with pytest.raises(NodeUnreachableError, match="ran no command and said: xxx"):
        await start(process)
    assert process.closed
    assert process.read < 5 << 20
