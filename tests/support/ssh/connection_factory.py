"""Connections to a test's sshd, with nothing of this machine's own ssh configuration."""

from __future__ import annotations

from pathlib import Path

from corotui.cluster.events import Event
from corotui.cluster.model import Cluster, Node
from corotui.ssh import NonInteractive, Prompter, Shell
from corotui.ssh.connections import Connections


class ConnectionFactory:
    """Makes connections, keeps their events, and closes them when the test ends."""

    def __init__(self, folder: Path) -> None:
        self.known_hosts = folder / "state" / "known_hosts"
        self.config = folder / "config"
        self.others = [folder / "user_known_hosts"]
        self.events: list[Event] = []
        self.opened: list[Connections] = []

    def know(self, *lines: str) -> None:
        self.known_hosts.parent.mkdir(exist_ok=True)
        self.known_hosts.write_text("".join(lines))

    def connections(self, *nodes: Node, ask: Prompter | None = None) -> Connections:
        connections = Connections(
            Cluster("db", nodes),
            known_hosts=self.known_hosts,
            prompter=ask or NonInteractive(),
            report=self.events.append,
            ssh_config=[str(self.config)],
            other_known_hosts=self.others,
        )
        self.opened.append(connections)
        return connections

    async def shell(self, node: Node, ask: Prompter | None = None) -> Shell:
        return await self.connections(node, ask=ask).shell(node.name)

    async def assert_connects(self, node: Node, ask: Prompter | None = None) -> None:
        """Fails where the node cannot be logged in to, or runs no command."""
        shell = await self.shell(node, ask)
        assert (await shell.run("true")).ok
