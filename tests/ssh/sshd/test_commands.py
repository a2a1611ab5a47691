"""The shell of a node, over a real sshd."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
from pathlib import Path

import pytest

from corotui.cluster.events import CommandEnded, Event, NodeState
from corotui.errors import NodeUnreachableError
from tests.support.ssh.connection_factory import ConnectionFactory
from tests.support.ssh.processes import running, wait_until_running
from tests.support.ssh.shell_contract import Commands
from tests.support.ssh.sshd import Sshd
from tests.support.ssh.sshd import running as running_sshd

pytestmark = pytest.mark.slow


@pytest.fixture
def events(reach: ConnectionFactory) -> list[Event]:
    return reach.events


class TestRemote(Commands):
    """All that a Shell must do."""


def cut(sshd: Sshd) -> None:
    """Ends all sessions of sshd at once, as a node that loses its power would; the listener stays."""
    assert sshd.log
    children = Path(f"/proc/{sshd.pid}/task/{sshd.pid}/children").read_text().split()
    for child in children:
        os.kill(int(child), signal.SIGKILL)


@pytest.fixture
async def own(reach: ConnectionFactory, tmp_path: Path) -> Sshd:
    server = Sshd(tmp_path / "own")
    reach.know(server.known())
    return server


async def test_a_lost_connection_is_reported_and_the_next_shell_is_a_new_one(
    reach: ConnectionFactory, own: Sshd
) -> None:
    with running_sshd(own):
        connections = reach.connections(own.node())
        shell = await connections.shell("a")
        word = f"71{secrets.randbelow(10**6):06}"

        async def follow() -> None:
            async with shell.stream(f"echo up; sleep {word}") as lines:
                async for _ in lines:
                    cut(own)

        with pytest.raises(NodeUnreachableError) as caught:
            await follow()
        for process in running(f"sleep\0{word}"):
            os.kill(process, signal.SIGKILL)
        error = caught.value
        assert (error.node, error.stage, error.exit_code) == ("a", "run", 3)
        assert "connection was lost" in error.what
        assert "not known" in error.changed
        ended = [event for event in reach.events if isinstance(event, CommandEnded)][-1]
        assert ended.exit_code is None
        assert "lost" in ended.error
        assert [event.state for event in reach.events if isinstance(event, NodeState)][-1] == "lost"
        with pytest.raises(NodeUnreachableError, match="no connection"):
            await shell.run("true")
        assert await connections.shell("a") is shell
        assert (await shell.run("echo again")).text == "again\n"


async def test_a_command_in_a_connection_that_is_lost(reach: ConnectionFactory, own: Sshd) -> None:
    with running_sshd(own):
        shell = await reach.shell(own.node())
        word = f"72{secrets.randbelow(10**6):06}"
        task = asyncio.create_task(shell.run(f"sleep {word}", timeout=20))
        await wait_until_running(f"sleep\0{word}")
        cut(own)
        with pytest.raises(NodeUnreachableError, match="connection was lost"):
            await task
        # without us the node's own time limit would end it, in half a minute
        for process in running(f"sleep\0{word}"):
            os.kill(process, signal.SIGKILL)


async def test_what_start_up_files_print_is_no_output(reach: ConnectionFactory, own: Sshd) -> None:
    """A greeting in .bashrc breaks scp and rsync; not us."""
    own.extra = 'SetEnv BASH_ENV=/dev/null\nForceCommand echo Welcome; echo Careful >&2; eval "$SSH_ORIGINAL_COMMAND"\n'
    with running_sshd(own):
        shell = await reach.shell(own.node())
        result = await shell.run("echo out; echo err >&2")
        assert (result.stdout, result.stderr) == (b"out\n", b"err\n")
        async with shell.stream("echo line") as lines:
            assert [line async for line in lines] == ["line"]


async def test_a_login_that_runs_nothing_is_reported(reach: ConnectionFactory, own: Sshd) -> None:
    own.extra = "ForceCommand echo This account is not available. >&2; exit 1\n"
    with running_sshd(own):
        shell = await reach.shell(own.node())
        with pytest.raises(
            NodeUnreachableError, match="ran no command and said: This account is not available"
        ) as caught:
            await shell.run("true")
        assert caught.value.stage == "run"


async def test_closing_ends_what_runs_and_leaves_nothing(reach: ConnectionFactory, own: Sshd) -> None:
    with running_sshd(own):
        connections = reach.connections(own.node())
        shell = await connections.shell("a")

        async def follow() -> None:
            async with shell.stream("echo up; while echo more; do sleep 0.1; done") as lines:
                async for _ in lines:
                    await connections.close()

        with pytest.raises(NodeUnreachableError):
            await follow()
        assert "lost" not in [event.state for event in reach.events if isinstance(event, NodeState)]


async def test_sessions_beyond_what_sshd_allows_wait_for_their_turn(reach: ConnectionFactory, own: Sshd) -> None:
    with running_sshd(own):
        shell = await reach.shell(own.node())
        results = await asyncio.gather(*(shell.run("sleep 0.1") for _ in range(30)))
        assert all(result.ok for result in results)
