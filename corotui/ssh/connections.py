"""The connections to all nodes of a cluster: opened in parallel, kept, reopened when lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncssh

from corotui.cluster.events import NodeState, Report, silent
from corotui.cluster.model import Cluster, Node
from corotui.errors import CorotuiError, HostKeyRefused, NodeUnreachable, UsageError
from corotui.ssh.dial import Dial
from corotui.ssh.local import LocalShell
from corotui.ssh.questions import Questions
from corotui.ssh.remote import RemoteShell
from corotui.ssh.settings import CONFIG_FILES, Hop, config_files, resolve
from corotui.ssh.shell import Ask, Shell
from corotui.ssh.trust import Trust

_CLOSING = 2.0  # seconds for a polite end


class Connections:
    """One connection for each node, and one for each jump host, whoever needs it.

    `known_hosts` is the directory's file, to which accepted keys are added. Shells stay the same objects: reopening
    gives an old shell a new connection. NodeState events tell connecting, connected, failed, lost.
    """

    def __init__(
        self,
        cluster: Cluster,
        *,
        known_hosts: Path,
        ask: Ask,
        report: Report = silent,
        ssh_config: Sequence[str] = CONFIG_FILES,
        other_known_hosts: Sequence[Path] | None = None,
    ) -> None:
        """`ssh_config` and `other_known_hosts` (None: ~/.ssh and /etc/ssh) are the files of the operator's ssh."""
        self._nodes = {node.name: node for node in cluster.nodes}
        self._report = report
        self._questions = Questions(ask)
        self._trust = Trust(known_hosts, other_known_hosts)
        self._files = ssh_config
        self._shells: dict[str, RemoteShell | LocalShell] = {}
        self._jumps: dict[tuple[str, ...], asyncssh.SSHClientConnection] = {}
        self._locks: dict[tuple[str, ...], asyncio.Lock] = {}
        self._closing = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def open(self, names: Iterable[str] | None = None) -> dict[str, Shell | CorotuiError]:
        """All nodes, or those named, in parallel: for each its shell, or why there is none."""
        chosen = list(self._nodes) if names is None else list(names)
        outcomes: dict[str, Shell | CorotuiError] = {}

        async def one(name: str) -> None:
            try:
                outcomes[name] = await self.shell(name)
            except CorotuiError as error:
                outcomes[name] = error

        async with asyncio.TaskGroup() as group:
            for name in chosen:
                group.create_task(one(name))
        return {name: outcomes[name] for name in chosen}

    async def shell(self, name: str) -> Shell:
        """The node's shell, connected: at once where it is, else after connecting. Raises as Dial.connect does."""
        node = self._nodes.get(name)
        if node is None:
            raise UsageError(f"There is no node {name!r} in this cluster.")
        async with self._lock(("node", name)):
            if node.local:
                if name not in self._shells:
                    self._shells[name] = LocalShell(node, report=self._report, questions=self._questions)
                    self._report(NodeState(node=name, state="connected"))
                return self._shells[name]
            shell = self._shells.get(name)
            if isinstance(shell, RemoteShell) and shell.connected:
                return shell
            return await self._connect(node)

    async def close(self) -> None:
        """Ends all connections. What still runs on nodes loses its output."""
        self._closing = True
        shells = [shell for shell in self._shells.values() if isinstance(shell, RemoteShell)]
        ends = [shell.connection for shell in shells if shell.connection is not None]
        for shell in shells:
            shell.connection = None
        jumps, self._jumps = list(self._jumps.values()), {}
        for group in (ends, jumps):
            await asyncio.gather(*(_close(connection) for connection in group))

    async def _connect(self, node: Node) -> Shell:
        self._closing = False
        self._report(NodeState(node=node.name, state="connecting"))
        try:
            hop = resolve(node.host, node.ssh, config_files(self._files))
            connection = await self._dial(node.name, hop)
        except CorotuiError as error:
            self._report(NodeState(node=node.name, state="failed", detail=error.what))
            raise
        shell = self._shells.get(node.name)
        if not isinstance(shell, RemoteShell):
            shell = RemoteShell(node.name, hop.user, sudo=node.ssh.sudo, questions=self._questions, report=self._report)
            self._shells[node.name] = shell
        shell.connection = connection
        self._report(NodeState(node=node.name, state="connected"))
        return shell

    async def _dial(self, node: str, hop: Hop) -> asyncssh.SSHClientConnection:
        def lost(reason: str) -> None:
            if not self._closing:
                self._report(NodeState(node=node, state="lost", detail=reason))

        tunnel = await self._jump(node, hop.via) if hop.via else None
        dial = Dial(node, hop, tunnel=tunnel, trust=self._trust, questions=self._questions, on_lost=lost)
        return await dial.connect()

    async def _jump(self, node: str, via: tuple[Hop, ...]) -> asyncssh.SSHClientConnection:
        """The connection to the last of the jump hosts, shared by all nodes behind it."""
        places = tuple(hop.place for hop in via)
        async with self._lock(("jump", *places)):
            known = self._jumps.get(places)
            if known is not None and not known.is_closed():
                return known
            tunnel = await self._jump(node, via[:-1]) if len(via) > 1 else None
            try:
                dial = Dial(
                    node,
                    via[-1],
                    tunnel=tunnel,
                    trust=self._trust,
                    questions=self._questions,
                    on_lost=lambda _: None,  # the nodes behind it are lost too, and say so
                )
                self._jumps[places] = await dial.connect()
            except (NodeUnreachable, HostKeyRefused) as error:
                error.what = f"the jump host {places[-1]}: {error.what}"
                raise
            return self._jumps[places]

    def _lock(self, key: tuple[str, ...]) -> asyncio.Lock:
        return self._locks.setdefault(key, asyncio.Lock())


async def _close(connection: asyncssh.SSHClientConnection) -> None:
    connection.close()
    try:
        async with asyncio.timeout(_CLOSING):
            await connection.wait_closed()
    except TimeoutError:
        connection.abort()
