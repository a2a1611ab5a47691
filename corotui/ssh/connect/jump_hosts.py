"""Ways to nodes: a connection straight there, or through jump hosts that all nodes behind them share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import asyncssh

from corotui.cluster.events import EventSink
from corotui.cluster.model import Node
from corotui.errors import HostKeyError, NodeUnreachableError
from corotui.ssh.connect.connector import Connector
from corotui.ssh.connect.known_hosts import KnownHosts
from corotui.ssh.connect.prompts import CachedPrompts
from corotui.ssh.connect.ssh_config import SshTarget, config_files, resolve_target
from corotui.ssh.remote import RemoteShell

_CLOSING = 2.0  # seconds for a polite end


class ShellConnector:
    """Connects shells, and keeps the connections to jump hosts."""

    def __init__(
        self, known_hosts: Path, others: Sequence[Path] | None, ssh_config: Sequence[str], questions: CachedPrompts
    ) -> None:
        self._known_hosts = KnownHosts(known_hosts, others)
        self._files = ssh_config
        self._questions = questions
        self._jumps: dict[tuple[str, ...], asyncssh.SSHClientConnection] = {}
        self._locks: dict[tuple[str, ...], asyncio.Lock] = {}

    async def connect(
        self, node: Node, old: RemoteShell | None, report: EventSink, on_lost: Callable[[str], None]
    ) -> RemoteShell:
        """The node's shell over a new connection; `old`, where there is one, gets it. Raises as Dial.connect does."""
        hop = resolve_target(node.host, node.ssh, config_files(self._files))
        tunnel = await self._jump(node.name, hop.jumps) if hop.jumps else None
        connection = await self._dial(node.name, hop, tunnel, on_lost).connect()
        shell = old or RemoteShell(node.name, hop.user, sudo=node.ssh.sudo, questions=self._questions, report=report)
        shell.connection = connection
        return shell

    async def close(self, shells: Sequence[RemoteShell]) -> None:
        """Ends the connections of the shells, then those to jump hosts."""
        ends = [shell.connection for shell in shells if shell.connection is not None]
        for shell in shells:
            shell.connection = None
        jumps, self._jumps = list(self._jumps.values()), {}
        for group in (ends, jumps):
            await asyncio.gather(*map(_close, group))

    async def _jump(self, node: str, via: tuple[SshTarget, ...]) -> asyncssh.SSHClientConnection:
        """The connection to the last of the jump hosts."""
        places = tuple(hop.destination for hop in via)
        async with self._locks.setdefault(places, asyncio.Lock()):
            known = self._jumps.get(places)
            if known is not None and not known.is_closed():
                return known
            tunnel = await self._jump(node, via[:-1]) if len(via) > 1 else None
            try:
                # the nodes behind it are lost too, and say so
                self._jumps[places] = await self._dial(node, via[-1], tunnel, lambda _: None).connect()
            except (NodeUnreachableError, HostKeyError) as error:
                error.what = f"the jump host {places[-1]}: {error.what}"
                raise
            return self._jumps[places]

    def _dial(
        self, node: str, hop: SshTarget, tunnel: asyncssh.SSHClientConnection | None, on_lost: Callable[[str], None]
    ) -> Connector:
        return Connector(
            node, hop, tunnel=tunnel, known_hosts=self._known_hosts, questions=self._questions, on_lost=on_lost
        )


async def _close(connection: asyncssh.SSHClientConnection) -> None:
    connection.close()
    try:
        async with asyncio.timeout(_CLOSING):
            await connection.wait_closed()
    except TimeoutError:
        connection.abort()
