"""The connections to all nodes of a cluster: opened in parallel, kept, and reopened after they were lost."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from corotui.cluster.events import Connection, EventSink, NodeState, ignore_event
from corotui.cluster.model import Cluster, Node
from corotui.errors import CorotuiError, UsageError
from corotui.ssh.connect.prompts import CachedPrompts
from corotui.ssh.fanout import Shells, on_each
from corotui.ssh.local import LocalShell
from corotui.ssh.shell import Prompter, Shell

if TYPE_CHECKING:
    # asyncssh takes longer to import than all of corotui: a thread imports it with the first connection
    from corotui.ssh.connect.jump_hosts import ShellConnector
    from corotui.ssh.remote import RemoteShell

SSH_CONFIG = ("~/.ssh/config", "/etc/ssh/ssh_config")
"""The ssh configuration files that are read by default; an earlier one takes precedence."""


class Connections:
    """One connection for each node, and one for each jump host, shared by all who use them.

    Shells stay the same objects: reopening gives an existing shell a new connection. Each change is reported as a
    NodeState event: connecting, connected, failed, lost.
    """

    def __init__(
        self,
        cluster: Cluster,
        *,
        known_hosts: Path,
        prompter: Prompter,
        report: EventSink = ignore_event,
        ssh_config: Sequence[str] = SSH_CONFIG,
        other_known_hosts: Sequence[Path] | None = None,
    ) -> None:
        """`known_hosts`: the cluster directory's file, to which accepted keys are added.

        `ssh_config` and `other_known_hosts` (None: those in ~/.ssh and /etc/ssh) are the files of the operator's ssh.
        """
        self._nodes = {node.name: node for node in cluster.nodes}
        self._report = report
        self._prompts = CachedPrompts(prompter)
        self._files = (known_hosts, other_known_hosts, ssh_config)
        self._local_shells: dict[str, LocalShell] = {}
        self._remote_shells: dict[str, RemoteShell] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._shell_connector: ShellConnector | None = None
        self._loading = asyncio.Lock()
        self._closing = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def open(self, names: Iterable[str] | None = None) -> Shells:
        """Connects to all nodes, or to those named, in parallel."""
        results = await on_each(self._nodes if names is None else names, self.shell)
        return Shells(results.by_node)

    async def shell(self, name: str) -> Shell:
        """Returns the shell of a node, after connecting if it is not connected.

        Raises UsageError for an unknown name, NodeUnreachableError, AuthenticationError, HostKeyError; FileError for a
        mistake in the operator's ssh configuration.
        """
        node = self._nodes.get(name)
        if node is None:
            raise UsageError(f"There is no node {name!r} in this cluster.")
        async with self._locks.setdefault(name, asyncio.Lock()):
            if node.local:
                return self._local_shell(node)
            shell = self._remote_shells.get(name)
            if shell is not None and shell.connected:
                return shell
            self._remote_shells[name] = await self._connect(node, shell)
            return self._remote_shells[name]

    async def close(self) -> None:
        """Closes all connections and overwrites the passwords. A command that still runs loses its output."""
        self._closing = True
        try:
            if self._shell_connector is not None:
                await self._shell_connector.close(list(self._remote_shells.values()))
        finally:
            self._prompts.close()

    def _local_shell(self, node: Node) -> Shell:
        """Returns the shell of a node that is this machine."""
        if node.name not in self._local_shells:
            self._local_shells[node.name] = LocalShell(node, report=self._report, prompts=self._prompts)
            self._report(NodeState(node=node.name, state=Connection.CONNECTED))
        return self._local_shells[node.name]

    async def _connect(self, node: Node, old: RemoteShell | None) -> RemoteShell:
        """Opens a connection and reports each change of its state. Raises as ShellConnector.connect does."""

        def lost(reason: str) -> None:
            if not self._closing:
                self._report(NodeState(node=node.name, state=Connection.LOST, detail=reason))

        self._closing = False
        self._report(NodeState(node=node.name, state=Connection.CONNECTING))
        try:
            connector = await self._load_connector()
            shell = await connector.connect(node, old, self._report, lost)
        except CorotuiError as error:
            self._report(NodeState(node=node.name, state=Connection.FAILED, detail=error.what))
            raise
        self._report(NodeState(node=node.name, state=Connection.CONNECTED))
        return shell

    async def _load_connector(self) -> ShellConnector:
        """Returns the connector. The first call imports asyncssh."""
        async with self._loading:
            if self._shell_connector is None:
                await asyncio.to_thread(importlib.import_module, "corotui.ssh.connect.jump_hosts")
                from corotui.ssh.connect.jump_hosts import ShellConnector

                known_hosts, others, ssh_config = self._files
                self._shell_connector = ShellConnector(known_hosts, others, ssh_config, self._prompts)
            return self._shell_connector
