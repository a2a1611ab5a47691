"""The connections of a workflow: opened when they are first needed, replaced when cluster.toml changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from corotui.cluster.events import Connection
from corotui.directory import Directory
from corotui.ssh.fanout import Shells
from corotui.ssh.shell import Prompter
from corotui.workflow.dependencies import ConnectionFactory, NodeConnections
from corotui.workflow.store.state_store import StateStore


class NodeShells:
    """Opens shells on the nodes of the cluster, and records in the state which nodes are connected."""

    def __init__(self, store: StateStore, directory: Directory, prompter: Prompter, connect: ConnectionFactory) -> None:
        self._store = store
        self._directory = directory
        self._prompter = prompter
        self._connect = connect
        self._connections: NodeConnections | None = None
        self._outdated: list[NodeConnections] = []

    async def connections(self) -> NodeConnections:
        """Returns the connections of the cluster as it is now; makes them at the first call."""
        while self._outdated:
            await self._outdated.pop().close()
        if self._connections is None:
            self._connections = self._connect(
                self._store.state.cluster,
                known_hosts=self._directory.known_hosts,
                prompter=self._prompter,
                report=self._store.report,
            )
        return self._connections

    async def open(self, names: Sequence[str] | None = None) -> Shells:
        """Returns the shell of each node (or of each of `names`), or why there is none; connects where necessary."""
        if names is None:
            names = [node.name for node in self._store.state.cluster.nodes]
        shells = await (await self.connections()).open(names)
        for name, error in shells.errors.items():
            self._store.node_errors[name] = error
            self._store.update_node(name, connection=Connection.FAILED, error=error.what)
        for name in shells.ok:
            self._store.node_errors.pop(name, None)
            self._store.update_node(name, connection=Connection.CONNECTED, error="")
        return shells

    def invalidate(self) -> None:
        """Has the next `open` make new connections, because cluster.toml changed."""
        if self._connections is not None:
            self._outdated.append(self._connections)
            self._connections = None
            nodes = self._store.state.nodes
            self._store.update(nodes=tuple(replace(node, connection=Connection.UNKNOWN, live=False) for node in nodes))

    async def close(self) -> None:
        """Closes all connections; the next `open` makes new ones."""
        if self._connections is not None:
            self._outdated.append(self._connections)
            self._connections = None
        while self._outdated:
            await self._outdated.pop().close()
