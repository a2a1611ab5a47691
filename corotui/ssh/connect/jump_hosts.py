"""Connects to nodes, directly or through jump hosts. All nodes behind a jump host share its connection."""

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

_CLOSE_TIMEOUT = 2.0  # seconds for an orderly end


class ShellConnector:
    """Connects shells, and keeps the connections to jump hosts."""

    def __init__(
        self, known_hosts: Path, others: Sequence[Path] | None, ssh_config: Sequence[str], prompts: CachedPrompts
    ) -> None:
        """`known_hosts`: the cluster directory's file. `others`: further known_hosts files, None for those of ssh."""
        self._known_hosts = KnownHosts(known_hosts, others)
        self._files = ssh_config
        self._prompts = prompts
        self._jumps: dict[tuple[SshTarget, ...], asyncssh.SSHClientConnection] = {}
        self._locks: dict[tuple[SshTarget, ...], asyncio.Lock] = {}

    async def connect(
        self, node: Node, old: RemoteShell | None, report: EventSink, on_lost: Callable[[str], None]
    ) -> RemoteShell:
        """Connects to a node and returns its shell. An `old` shell gets the new connection and is returned.

        `on_lost` gets the reason when the connection ends later. Raises as Connector.connect does, and FileError for a
        mistake in the ssh configuration.
        """
        target = resolve_target(node.host, node.ssh, config_files(self._files))
        if node.ssh.sudo and target.user != "root":
            self._prompts.register_sudo(node.name, target.user)
        tunnel = await self._jump_connection(node.name, target.jumps) if target.jumps else None
        connection = await self._connector(node.name, target, tunnel, on_lost).connect()
        shell = old or RemoteShell(node.name, target.user, sudo=node.ssh.sudo, prompts=self._prompts, report=report)
        shell.connection = connection
        return shell

    async def close(self, shells: Sequence[RemoteShell]) -> None:
        """Closes the connections of the shells, then those to jump hosts."""
        connections = [shell.connection for shell in shells if shell.connection is not None]
        for shell in shells:
            shell.connection = None
        jumps, self._jumps = list(self._jumps.values()), {}
        for group in (connections, jumps):
            await asyncio.gather(*map(_close, group))

    async def _jump_connection(self, node: str, jumps: tuple[SshTarget, ...]) -> asyncssh.SSHClientConnection:
        """Returns the connection to the last of the jump hosts."""
        # two targets that differ only in their host key rules or in the way there have a connection each
        async with self._locks.setdefault(jumps, asyncio.Lock()):
            known = self._jumps.get(jumps)
            if known is not None and not known.is_closed():
                return known
            tunnel = await self._jump_connection(node, jumps[:-1]) if len(jumps) > 1 else None
            try:
                # on_lost does nothing: the nodes behind the jump host are lost too, and report it
                self._jumps[jumps] = await self._connector(node, jumps[-1], tunnel, lambda _: None).connect()
            except (NodeUnreachableError, HostKeyError) as error:
                error.what = f"the jump host {jumps[-1].destination}: {error.what}"
                raise
            return self._jumps[jumps]

    def _connector(
        self, node: str, target: SshTarget, tunnel: asyncssh.SSHClientConnection | None, on_lost: Callable[[str], None]
    ) -> Connector:
        """Returns the connector for one target."""
        return Connector(
            node, target, tunnel=tunnel, known_hosts=self._known_hosts, prompts=self._prompts, on_lost=on_lost
        )


async def _close(connection: asyncssh.SSHClientConnection) -> None:
    """Closes a connection, and aborts it if it has not ended after _CLOSE_TIMEOUT."""
    connection.close()
    try:
        async with asyncio.timeout(_CLOSE_TIMEOUT):
            await connection.wait_closed()
    except TimeoutError:
        connection.abort()
