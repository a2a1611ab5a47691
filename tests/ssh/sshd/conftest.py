"""One sshd for the module; connections to it with nothing of this machine's own ssh configuration."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from corotui.cluster.events import Event
from corotui.cluster.model import Cluster, Node
from corotui.ssh import NonInteractive, Prompter, Shell
from corotui.ssh.connections import Connections
from tests.ssh.sshd.server import Sshd, running


@pytest.fixture(autouse=True)
def no_ssh_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home" / ".ssh").mkdir(parents=True)
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with running(Sshd(tmp_path_factory.mktemp("sshd") / "one")) as server:
        yield server


class Reach:
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
        made = Connections(
            Cluster("db", nodes),
            known_hosts=self.known_hosts,
            prompter=ask or NonInteractive(),
            report=self.events.append,
            ssh_config=[str(self.config)],
            other_known_hosts=self.others,
        )
        self.opened.append(made)
        return made

    async def shell(self, node: Node, ask: Prompter | None = None) -> Shell:
        return await self.connections(node, ask=ask).shell(node.name)


@pytest.fixture
async def reach(tmp_path: Path) -> AsyncIterator[Reach]:
    made = Reach(tmp_path)
    try:
        yield made
    finally:
        for connections in made.opened:
            await connections.close()


@pytest.fixture
async def shell(reach: Reach, sshd: Sshd) -> Shell:
    reach.know(sshd.known())
    return await reach.shell(sshd.node())


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Path]:
    """The socket of an ssh-agent without keys."""
    import subprocess

    socket = Path(os.fspath(tmp_path)) / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    try:
        while not socket.exists():
            assert process.poll() is None
        yield socket
    finally:
        process.terminate()
        process.wait()
