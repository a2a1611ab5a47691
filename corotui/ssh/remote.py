"""The shell of a node over one ssh connection."""

from __future__ import annotations

import asyncio
from typing import cast

import asyncssh

from corotui.cluster.events import EventSink
from corotui.cluster.text.bounded import one_line
from corotui.errors import NodeUnreachableError
from corotui.ssh.command.process import CHUNK, Process, chunks
from corotui.ssh.command.shell_base import CommandShell
from corotui.ssh.connect.prompts import CachedPrompts

_WINDOW = 1 << 20  # bytes that a node may send ahead of our reading, for each command


class RemoteShell(CommandShell):
    """A Shell over asyncssh. Its connection can be replaced by a new one to the same node."""

    def __init__(self, node: str, user: str, *, sudo: bool, prompts: CachedPrompts, report: EventSink) -> None:
        super().__init__(node, user, sudo=sudo, prompts=prompts, report=report)
        self.connection: asyncssh.SSHClientConnection | None = None
        """The current connection, None before the first one and after `ShellConnector.close`."""

    @property
    def connected(self) -> bool:
        """Whether there is a connection. One that broke counts until asyncssh notices."""
        return self.connection is not None and not self.connection.is_closed()

    async def _spawn(self, line: str) -> Process:
        connection = self.connection
        if connection is None or connection.is_closed():
            raise self._unreachable("there is no connection to it")
        try:
            channel, session = await connection.create_session(
                _Session,
                line,
                encoding=None,
                window=_WINDOW,
                env=None,
                send_env=None,
                request_pty=False,
                x11_forwarding=False,
            )
        except (asyncssh.Error, OSError) as error:
            if isinstance(error, asyncssh.ChannelOpenError) and not connection.is_closed():
                raise self._unreachable(f"it opens no further session: {one_line(error.reason)}") from None
            raise self._unreachable(f"the connection was lost: {one_line(str(error))}") from None
        assert isinstance(session, _Session)
        return _RemoteProcess(channel, session)

    def _unreachable(self, what: str) -> NodeUnreachableError:
        """Returns the error for a command that could not be started."""
        return NodeUnreachableError(what, node=self._node, stage="run", next_step="Connect again.")


class _Session(asyncssh.SSHClientProcess[bytes]):
    """An exec channel that reports the exit status when it arrives, which may be long before its streams end."""

    def __init__(self) -> None:
        super().__init__()
        self.exited = asyncio.Event()
        """Set when the exit status or signal has arrived, and when the channel has ended without either."""
        self.lost: Exception | None = None
        """Why the channel ended, None if there is no reason."""

    def exit_status_received(self, status: int) -> None:
        super().exit_status_received(status)
        self.exited.set()

    def exit_signal_received(self, signal: str, core_dumped: bool, msg: str, lang: str) -> None:
        super().exit_signal_received(signal, core_dumped, msg, lang)
        self.exited.set()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.lost = exc
        self.exited.set()


class _RemoteProcess:
    """A Process on a node, over one channel of the connection."""

    def __init__(self, channel: asyncssh.SSHClientChannel[bytes], session: _Session) -> None:
        self._channel = channel
        self._session = session

    async def write(self, data: bytes | bytearray) -> None:
        try:
            for piece in chunks(data):
                self._session.stdin.write(cast("bytes", piece))  # asyncssh copies any buffer
                await self._session.stdin.drain()
        except (asyncssh.Error, OSError):
            pass  # it no longer reads; its exit code says why

    async def write_eof(self) -> None:
        try:
            self._session.stdin.write_eof()
        except (asyncssh.Error, OSError):
            pass

    async def read_out(self) -> bytes:
        return await self._read(self._session.stdout)

    async def read_err(self) -> bytes:
        return await self._read(self._session.stderr)

    async def wait(self) -> int | None:
        await self._session.exited.wait()
        if self._session.exit_signal is not None:
            return None  # exit_status would be -1 then
        if self._session.exit_status is not None:
            return self._session.exit_status
        raise ConnectionError(str(self._session.lost or "the node closed the channel"))

    def close(self) -> None:
        self._channel.close()

    async def _read(self, reader: asyncssh.SSHReader[bytes]) -> bytes:
        try:
            return await reader.read(CHUNK)
        except (asyncssh.Error, OSError):
            return b""  # the connection is lost: `wait` raises that
