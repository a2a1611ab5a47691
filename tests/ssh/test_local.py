"""The shell of this machine."""

from __future__ import annotations

import subprocess
import sys

import pytest

from corotui.cluster.events import Event
from corotui.cluster.model import Node
from corotui.ssh import Shell
from corotui.ssh.local import LocalShell
from tests.support.ssh.shell_contract import Commands


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def shell(events: list[Event], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setattr("os.geteuid", lambda: 0)  # sudo is not what these tests are about
    return LocalShell(Node("here", "localhost", local=True), report=events.append)


class TestLocal(Commands):
    """All that a Shell must do."""


async def test_our_own_input_is_never_read(shell: Shell) -> None:
    """A command that read it would take the keys meant for the console."""
    result = await shell.run("readlink /proc/self/fd/0")
    assert result.text.startswith("pipe:")


def test_asyncssh_comes_with_the_first_connection_and_not_before() -> None:
    code = "import sys, corotui.ssh, corotui.ssh.local, corotui.ssh.connections; sys.exit('asyncssh' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
