"""One sshd for the module; connections to it with nothing of this machine's own ssh configuration."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from corotui.ssh import Shell
from tests.support.ssh.connection_factory import ConnectionFactory
from tests.support.ssh.sshd import Sshd, running


@pytest.fixture(autouse=True)
def no_ssh_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home" / ".ssh").mkdir(parents=True)
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with running(Sshd(tmp_path_factory.mktemp("sshd") / "one")) as server:
        yield server


@pytest.fixture
async def reach(tmp_path: Path) -> AsyncIterator[ConnectionFactory]:
    factory = ConnectionFactory(tmp_path)
    try:
        yield factory
    finally:
        for connections in factory.opened:
            await connections.close()


@pytest.fixture
async def shell(reach: ConnectionFactory, sshd: Sshd) -> Shell:
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
