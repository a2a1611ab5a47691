"""sudo and passwords as real nodes have them, and nodes that go away."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from corotui import practice as room
from corotui.cluster.events import CommandEnded, CommandStarted, Event, NodeState, Purpose
from corotui.cluster.model import Cluster, Node, Ssh
from corotui.directory import Directory
from corotui.errors import AuthenticationError, CommandError, CommandTimeoutError, NodeUnreachableError
from corotui.practice import PracticeCluster, Shape
from corotui.ssh import Prompter, Shell
from corotui.ssh.connections import Connections
from tests.support.nodes.ring_setup import inside
from tests.support.ssh.scripted_operator import Operator

pytestmark = pytest.mark.nodes


@pytest.fixture(scope="module")
def guarded(possible: None) -> Iterator[PracticeCluster]:
    """Two bare nodes whose sudo asks for a password, and whose sshd takes it too."""
    name = f"t{os.getpid()}-ssh"
    try:
        yield room.up(name, Shape(nodes=2, password_sudo=True))
    finally:
        room.down(name)


@pytest.fixture
def events() -> list[Event]:
    return []


Connect = Callable[..., Connections]


@pytest.fixture
async def connect(
    guarded: PracticeCluster, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Connect]:
    """Connections to the practice cluster; `change` changes each node of cluster.toml first."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    directory = Directory.open(guarded.directory)
    async with AsyncExitStack() as stack:

        def made(ask: Prompter, change: Callable[[Node], Node] = lambda node: node) -> Connections:
            nodes = tuple(map(change, directory.read_cluster().nodes))
            connections = Connections(
                Cluster("db", nodes),
                known_hosts=directory.known_hosts,
                prompter=ask,
                report=events.append,
                ssh_config=(),
                other_known_hosts=(),
            )
            stack.push_async_callback(connections.close)
            return connections

        yield made


@contextmanager
def file_in(practice: PracticeCluster, node: str, path: str, content: str) -> Iterator[None]:
    inside(practice, node, f"umask 337; cat >{path}", stdin=content)
    try:
        yield
    finally:
        inside(practice, node, f"rm -f {path}")


async def test_sudo_is_asked_once_and_its_password_serves_all_nodes(
    guarded: PracticeCluster, connect: Connect, events: list[Event]
) -> None:
    operator = Operator(sudo_passwords=[guarded.password])
    connections = connect(operator)
    opened = await connections.open()
    for name in ("node1", "node2", "node1"):
        shell = opened.ok[name]
        result = await shell.run("id -u; cat", stdin=b"input\n", privileged=True)
        assert (result.stdout, result.stderr) == (b"0\ninput\n", b"")
    assert operator.asked == [("sudo", "node1", "ec2-user", "node2")]
    assert guarded.password not in repr(events)
    assert {event.command for event in events if isinstance(event, CommandStarted)} == {"sudo id -u; cat"}


async def test_the_password_is_in_no_argument_list(guarded: PracticeCluster, connect: Connect) -> None:
    shell = await connect(Operator(sudo_passwords=[guarded.password])).shell("node1")
    result = await shell.run("cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ", privileged=True)
    assert result.stdout
    assert guarded.password.encode() not in result.stdout


async def test_a_wrong_password_is_asked_for_again(guarded: PracticeCluster, connect: Connect) -> None:
    operator = Operator(sudo_passwords=["wrong", guarded.password])
    shell = await connect(operator).shell("node1")
    assert (await shell.run("id -u", privileged=True)).text == "0\n"
    assert len(operator.asked) == 2


async def test_three_wrong_passwords_are_enough(
    guarded: PracticeCluster, connect: Connect, events: list[Event]
) -> None:
    operator = Operator(sudo_passwords=["one", "two", "three", guarded.password])
    shell = await connect(operator).shell("node1")
    with pytest.raises(AuthenticationError, match="sudo did not take the password of ec2-user") as caught:
        await shell.run("touch /root/never", privileged=True)
    assert (caught.value.stage, caught.value.exit_code, caught.value.node) == ("sudo", 3, "node1")
    assert len(operator.asked) == 3
    assert isinstance(events[-1], CommandEnded)
    assert events[-1].exit_code is None
    inside(guarded, "node1", "test ! -e /root/never")


async def test_nobody_gives_a_password(connect: Connect) -> None:
    shell = await connect(Operator()).shell("node1")
    with pytest.raises(AuthenticationError, match="none was given"):
        await shell.run("true", privileged=True)
    assert (await shell.run("id -un")).text == "ec2-user\n"


async def test_all_nodes_ask_at_once_and_the_operator_is_asked_once(guarded: PracticeCluster, connect: Connect) -> None:
    operator = Operator(sudo_passwords=[guarded.password])
    connections = connect(operator)
    shells = [await connections.shell(name) for name in ("node1", "node2")]
    results = await asyncio.gather(*(shell.run("id -u", privileged=True) for shell in shells for _ in range(3)))
    assert {result.text for result in results} == {"0\n"}
    assert len(operator.asked) == 1


@pytest.mark.parametrize(
    ("rule", "word", "step"),
    [
        ("Defaults requiretty\n", "wants a terminal", "requiretty"),
        (
            "ec2-user ALL = (ALL) !ALL\nec2-user ALL = /bin/ls\n",
            "does not let ec2-user run a shell",
            "allow ec2-user ALL",
        ),
        ("ec2-user ALL = (ALL) !ALL\n", "does not let ec2-user run a shell|may not use sudo", "ec2-user"),
    ],
)
async def test_each_refusal_of_sudo_has_its_words(
    guarded: PracticeCluster, connect: Connect, rule: str, word: str, step: str
) -> None:
    # the last rule that fits wins, and zz comes last
    with file_in(guarded, "node1", "/etc/sudoers.d/zz-test", rule):
        shell = await connect(Operator(sudo_passwords=[guarded.password] * 3)).shell("node1")
        with pytest.raises(AuthenticationError, match=word) as caught:
            await shell.run("true", privileged=True)
        assert caught.value.stage == "sudo"
        assert step in caught.value.next_step


async def test_a_user_who_is_in_no_rule(guarded: PracticeCluster, connect: Connect) -> None:
    inside(guarded, "node1", "mv /etc/sudoers.d/practice /root/practice.rule")
    try:
        shell = await connect(Operator(sudo_passwords=[guarded.password])).shell("node1")
        with pytest.raises(AuthenticationError, match="ec2-user may not use sudo there"):
            await shell.run("true", privileged=True)
    finally:
        inside(guarded, "node1", "mv /root/practice.rule /etc/sudoers.d/practice")


async def test_a_node_without_sudo(guarded: PracticeCluster, connect: Connect) -> None:
    inside(guarded, "node1", "chmod 0 /usr/bin/sudo; mv /usr/bin/sudo /usr/bin/sudo.away")
    try:
        shell = await connect(Operator()).shell("node1")
        with pytest.raises(AuthenticationError, match="there is no sudo"):
            await shell.run("true", privileged=True)
    finally:
        inside(guarded, "node1", "mv /usr/bin/sudo.away /usr/bin/sudo; chmod 4755 /usr/bin/sudo")


async def test_sudo_without_a_password(guarded: PracticeCluster, connect: Connect) -> None:
    with file_in(guarded, "node1", "/etc/sudoers.d/zz-test", "ec2-user ALL = (ALL) NOPASSWD: ALL\n"):
        operator = Operator()
        shell = await connect(operator).shell("node1")
        result = await shell.run("cat", stdin=b"the first line is no password\n", privileged=True)
        assert result.text == "the first line is no password\n"
        assert operator.asked == []


async def test_a_privileged_command_that_hangs_is_ended_on_the_node(guarded: PracticeCluster, connect: Connect) -> None:
    shell = await connect(Operator(sudo_passwords=[guarded.password])).shell("node1")
    word = f"81{secrets.randbelow(10**6):06}"
    with pytest.raises(CommandTimeoutError):
        await shell.run(f"sleep {word} & sleep {word}", privileged=True, timeout=3)
    inside(guarded, "node1", f"! pgrep -f '[s]leep {word}'")
    async with shell.stream(f"echo up; sleep {word}", privileged=True) as lines:
        assert await anext(aiter(lines)) == "up"
    inside(guarded, "node1", f"! pgrep -f '[s]leep {word}'")


async def test_a_secret_file_is_put_as_root_through_sudo(
    guarded: PracticeCluster, connect: Connect, events: list[Event]
) -> None:
    shell = await connect(Operator(sudo_passwords=[guarded.password])).shell("node1")
    data = b"sesame" + secrets.token_bytes(250)
    await shell.put("/etc/test-key", data, mode=0o400)
    assert inside(guarded, "node1", "stat -c '%a %U:%G %s' /etc/test-key") == "400 root:root 256"
    assert (await shell.run("cat /etc/test-key", privileged=True, purpose=Purpose.SECRET)).stdout == data
    assert "sesame" not in repr(events)
    assert inside(guarded, "node1", "ls -A /etc | grep -c corotui || true") == "0"
    journal = inside(guarded, "node1", "journalctl --no-pager; rm /etc/test-key")
    assert "sesame" not in journal


async def test_a_full_disk_leaves_the_old_file(guarded: PracticeCluster, connect: Connect) -> None:
    shell = await connect(Operator(sudo_passwords=[guarded.password])).shell("node1")
    inside(
        guarded, "node1", "mkdir -p /mnt/small; mount -t tmpfs -o size=64k none /mnt/small; echo old >/mnt/small/file"
    )
    try:
        with pytest.raises(CommandError, match="No space left"):
            await shell.put("/mnt/small/file", b"x" * 500_000)
        assert inside(guarded, "node1", "ls -A /mnt/small; cat /mnt/small/file") == "file\nold"
    finally:
        inside(guarded, "node1", "umount /mnt/small")


async def test_without_root_a_put_says_what_is_missing(connect: Connect) -> None:
    shell = await connect(Operator(), lambda node: replace(node, ssh=replace(node.ssh, sudo=False))).shell("node1")
    with pytest.raises(CommandError) as caught:
        await shell.put("/etc/test-key", b"x")
    assert "sudo = true" in caught.value.next_step


def with_password(node: Node) -> Node:
    return replace(node, ssh=Ssh(user="ec2-user", sudo=True, key="/nonexistent"))


async def test_a_login_by_password(guarded: PracticeCluster, connect: Connect, events: list[Event]) -> None:
    operator = Operator(passwords=["wrong", guarded.password])
    shell = await connect(operator, with_password).shell("node1")
    assert (await shell.run("id -un")).text == "ec2-user\n"
    assert [question[0] for question in operator.asked] == ["password", "password"]
    assert "ec2-user@" in operator.asked[0][2]
    assert guarded.password not in repr(events)


async def test_a_login_by_keyboard_interactive(guarded: PracticeCluster, connect: Connect) -> None:
    rule = "PasswordAuthentication no\nKbdInteractiveAuthentication yes\n"
    with file_in(guarded, "node1", "/etc/ssh/sshd_config.d/00-test.conf", rule):
        inside(guarded, "node1", "systemctl restart ssh")
        operator = Operator(passwords=["wrong", guarded.password])
        shell = await connect(operator, with_password).shell("node1")
        assert (await shell.run("id -un")).text == "ec2-user\n"
        assert len(operator.asked) == 2
    inside(guarded, "node1", "systemctl restart ssh")


async def test_no_password_is_given_at_login(connect: Connect) -> None:
    operator = Operator()
    with pytest.raises(AuthenticationError, match="was not let in") as caught:
        await connect(operator, with_password).shell("node1")
    assert caught.value.stage == "authenticate"


async def test_no_more_than_three_passwords_are_tried(guarded: PracticeCluster, connect: Connect) -> None:
    operator = Operator(passwords=["one", "two", "three", guarded.password])
    with pytest.raises(AuthenticationError, match=r"Tried: .*password"):
        await connect(operator, with_password).shell("node1")
    assert len(operator.asked) == 3


async def test_an_address_without_a_machine(connect: Connect) -> None:
    def nobody_there(node: Node) -> Node:
        return replace(node, host=node.host.rpartition(".")[0] + ".200")

    with pytest.raises(NodeUnreachableError) as caught:
        await connect(Operator(), nobody_there).shell("node1")
    assert caught.value.stage == "connect"
    assert "no route" in caught.value.what or "does not answer" in caught.value.what


async def test_a_node_that_falls_silent_is_noticed_and_comes_back(
    guarded: PracticeCluster, connect: Connect, events: list[Event]
) -> None:
    connections = connect(Operator())
    shell = await connections.shell("node2")
    route = inside(guarded, "node2", "ip route show default")

    async def follow() -> None:
        async with shell.stream("echo up; sleep 600") as lines:
            async for _ in lines:
                inside(guarded, "node2", "ip link set eth0 down")

    try:
        with pytest.raises(NodeUnreachableError, match="connection was lost") as caught:
            await follow()
        assert caught.value.stage == "run"
        assert [event.state for event in events if isinstance(event, NodeState)][-1] == "lost"
    finally:
        inside(guarded, "node2", f"ip link set eth0 up; {f'ip route replace {route}' if route else 'true'}")
    again = await reached(connections, "node2")
    assert again is shell
    assert (await again.run("echo back")).text == "back\n"
    await again.run("pkill -f 'sleep 600'")


async def reached(connections: Connections, name: str) -> Shell:
    """The shell once the node is there: this machine remembers for some seconds that nobody answered."""
    while True:
        try:
            return await connections.shell(name)
        except NodeUnreachableError:
            await asyncio.sleep(0.2)


def test_the_known_hosts_of_practice_are_enough(guarded: PracticeCluster) -> None:
    assert Path(guarded.directory, ".corotui", "known_hosts").read_text()
