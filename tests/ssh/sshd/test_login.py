"""Who we are: keys, passphrases, the agent; where we go: ssh's own configuration and jump hosts."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from corotui.cluster.events import NodeState
from corotui.cluster.model import Node, Ssh
from corotui.errors import AuthenticationError, FileError, HostKeyError, NodeUnreachableError
from corotui.ssh import NonInteractive
from corotui.ssh.secret import Secret
from tests.support.ssh.connection_factory import ConnectionFactory
from tests.support.ssh.scripted_operator import Operator
from tests.support.ssh.sshd import USER, Sshd, free_port, make_key, public, running

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def known(reach: ConnectionFactory, sshd: Sshd) -> None:
    reach.know(sshd.known())


@pytest.fixture
def locked(sshd: Sshd, tmp_path: Path) -> Path:
    """A key that is let in and needs the passphrase "open sesame"."""
    return admitted(sshd, make_key(tmp_path / "locked", passphrase="open sesame"))


def admitted(sshd: Sshd, key: Path) -> Path:
    with (sshd.folder / "authorized").open("a") as file:
        file.write(public(key))
    return key


async def test_a_key_of_cluster_toml(reach: ConnectionFactory, sshd: Sshd) -> None:
    shell = await reach.shell(sshd.node())
    assert (await shell.run("id -un")).text.strip() == USER
    states = [event.state for event in reach.events if isinstance(event, NodeState)]
    assert states == ["connecting", "connected"]


async def test_the_default_keys(reach: ConnectionFactory, sshd: Sshd, tmp_path: Path) -> None:
    (tmp_path / "home" / ".ssh" / "id_ed25519").symlink_to(sshd.key)
    await reach.assert_connects(sshd.node(key=None))


async def test_a_passphrase_is_asked_for_until_it_opens_the_key(
    reach: ConnectionFactory, sshd: Sshd, locked: Path
) -> None:
    operator = Operator(passphrases=["wrong", "open sesame"])
    await reach.assert_connects(sshd.node(key=str(locked)), operator)
    assert operator.asked == [("passphrase", str(locked))] * 2


async def test_an_old_key_format_without_its_public_half(reach: ConnectionFactory, sshd: Sshd, tmp_path: Path) -> None:
    key = admitted(sshd, make_key(tmp_path / "old", "rsa", "open sesame", form=("-m", "PEM")))
    (tmp_path / "old.pub").unlink()
    operator = Operator(passphrases=["wrong", "open sesame"])
    await reach.assert_connects(sshd.node(key=str(key)), operator)
    assert len(operator.asked) == 2


async def test_nobody_knows_a_passphrase(reach: ConnectionFactory, sshd: Sshd, locked: Path) -> None:
    with pytest.raises(AuthenticationError, match="no passphrase was given") as caught:
        await reach.shell(sshd.node(key=str(locked)), NonInteractive())
    assert caught.value.stage == "authenticate"


async def test_three_wrong_passphrases_are_enough(reach: ConnectionFactory, sshd: Sshd, locked: Path) -> None:
    operator = Operator(passphrases=["one", "two", "three", "open sesame"])
    with pytest.raises(AuthenticationError, match="3 passphrases did not open"):
        await reach.shell(sshd.node(key=str(locked)), operator)
    assert len(operator.asked) == 3


async def test_one_passphrase_serves_all_nodes(reach: ConnectionFactory, sshd: Sshd, locked: Path) -> None:
    operator = Operator(passphrases=["open sesame"])
    nodes = [sshd.node(name, key=str(locked)) for name in "abc"]
    opened = await reach.connections(*nodes, ask=operator).open()
    assert not opened.errors
    assert operator.asked == [("passphrase", str(locked))]


async def test_an_operator_who_types_for_long_holds_up_no_thread(reach: ConnectionFactory, tmp_path: Path) -> None:
    class Slow(Operator):
        async def passphrase(self, path: str) -> Secret | None:
            await asyncio.sleep(8)  # sshd ends the logins meanwhile
            return await super().passphrase(path)

    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))
    key = make_key(tmp_path / "locked", passphrase="open sesame", form=("-a", "1"))
    operator = Slow(passphrases=["open sesame"])
    with running(Sshd(tmp_path / "hasty", "LoginGraceTime 3")) as hasty:
        admitted(hasty, key)
        reach.know(hasty.known())
        opened = await reach.connections(*(hasty.node(name, key=str(key)) for name in "abc"), ask=operator).open()
    assert not opened.errors
    assert operator.asked == [("passphrase", str(key))]


async def test_a_passphrase_is_not_asked_for_a_key_the_node_does_not_take(
    reach: ConnectionFactory, sshd: Sshd, tmp_path: Path
) -> None:
    stranger = make_key(tmp_path / "stranger", passphrase="x")
    operator = Operator(passphrases=["x"])
    with pytest.raises(AuthenticationError):
        await reach.shell(sshd.node(key=str(stranger)), operator)
    assert operator.asked == []


async def test_the_agent_opens_it_without_a_question(
    reach: ConnectionFactory, sshd: Sshd, agent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))
    add(agent, sshd.key)
    operator = Operator()
    await reach.assert_connects(sshd.node(key=None), operator)
    assert operator.asked == []


async def test_a_named_key_is_the_only_one_the_agent_offers(
    reach: ConnectionFactory, sshd: Sshd, agent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))
    for number in range(8):  # more than sshd lets one try
        add(agent, make_key(tmp_path / f"k{number}"))
    add(agent, sshd.key)
    await reach.assert_connects(sshd.node(key=f"{sshd.key}.pub"))


def add(agent: Path, key: Path) -> None:
    subprocess.run(["ssh-add", "-q", str(key)], env={"SSH_AUTH_SOCK": str(agent)}, check=True)


@pytest.mark.parametrize("beside", [True, False])
async def test_a_certificate(reach: ConnectionFactory, tmp_path: Path, beside: bool) -> None:
    authority, key = make_key(tmp_path / "ca"), make_key(tmp_path / "certified")
    sign = ["ssh-keygen", "-q", "-s", str(authority), "-I", "eva", "-n", USER, f"{key}.pub"]
    await asyncio.to_thread(subprocess.run, sign, check=True)
    with running(Sshd(tmp_path / "trusting", f"TrustedUserCAKeys {authority}.pub")) as server:
        reach.know(server.known())
        if not beside:
            (tmp_path / "certified-cert.pub").rename(tmp_path / "elsewhere.pub")
            reach.config.write_text(f"CertificateFile {tmp_path}/elsewhere.pub\n")
        await reach.assert_connects(server.node(key=str(key)))


async def test_an_agent_that_is_gone_does_not_matter(
    reach: ConnectionFactory, sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "gone"))
    await reach.assert_connects(sshd.node())


async def test_a_stranger_is_reported_what_was_tried(reach: ConnectionFactory, sshd: Sshd, tmp_path: Path) -> None:
    stranger = make_key(tmp_path / "stranger")
    with pytest.raises(AuthenticationError) as caught:
        await reach.shell(sshd.node(key=str(stranger)))
    error = caught.value
    assert (error.node, error.stage, error.exit_code) == ("a", "authenticate", 3)
    assert f"{USER}@127.0.0.1:{sshd.port}" in error.what
    assert f"key {stranger}" in error.what
    assert "ssh-copy-id" in error.next_step


async def test_a_key_that_is_not_there_is_named(reach: ConnectionFactory, sshd: Sshd, tmp_path: Path) -> None:
    with pytest.raises(AuthenticationError, match=f"there is no key file {tmp_path}/none"):
        await reach.shell(sshd.node(key=str(tmp_path / "none")))


async def test_a_file_that_is_no_key_is_named(reach: ConnectionFactory, sshd: Sshd, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    with pytest.raises(AuthenticationError, match="text is no private key"):
        await reach.shell(sshd.node(key=str(tmp_path / "text")))


async def test_too_many_keys(reach: ConnectionFactory, sshd: Sshd, tmp_path: Path) -> None:
    keys = [make_key(tmp_path / f"k{number}") for number in range(8)]
    reach.config.write_text("".join(f"IdentityFile {key}\n" for key in keys))
    with pytest.raises(AuthenticationError, match="Too many authentication failures") as caught:
        await reach.shell(sshd.node(key=None))
    assert "`key`" in caught.value.next_step


async def test_nobody_listens(reach: ConnectionFactory) -> None:
    port = free_port()
    with pytest.raises(NodeUnreachableError, match=f"refuses connections on port {port}") as caught:
        await reach.shell(Node("a", "127.0.0.1", Ssh(port=port)))
    assert caught.value.stage == "connect"
    assert [event.state for event in reach.events if isinstance(event, NodeState)] == ["connecting", "failed"]


async def test_no_such_name(reach: ConnectionFactory) -> None:
    with pytest.raises(NodeUnreachableError, match="has no address") as caught:
        await reach.shell(Node("a", "no-such-host.invalid"))
    assert caught.value.stage == "resolve"


async def test_something_else_listens(reach: ConnectionFactory) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def greet() -> None:
            for _ in range(3):
                peer, _ = server.accept()
                peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 100)
                peer.close()

        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        with pytest.raises(NodeUnreachableError) as caught:
            await reach.shell(Node("a", "127.0.0.1", Ssh(port=port)))
    assert caught.value.stage == "connect"


async def test_a_port_that_says_nothing(reach: ConnectionFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corotui.ssh.connect.connector.STAGE_TIMEOUT", 0.2)
    server = socket.create_server(("127.0.0.1", 0))
    with server, pytest.raises(NodeUnreachableError, match="sent nothing") as caught:
        await reach.shell(Node("a", "127.0.0.1", Ssh(port=server.getsockname()[1])))
    assert caught.value.stage == "connect"


async def test_all_nodes_are_tried_and_each_is_reported_by_itself(
    reach: ConnectionFactory, sshd: Sshd, tmp_path: Path
) -> None:
    stranger = make_key(tmp_path / "stranger")
    nodes = [
        sshd.node("good"),
        sshd.node("stranger", key=str(stranger)),
        Node("off", "127.0.0.1", Ssh(port=free_port())),
        Node("here", "localhost", local=True),
    ]
    connections = reach.connections(*nodes)
    kinds = {name: type(outcome).__name__ for name, outcome in (await connections.open()).by_node.items()}
    assert kinds == {
        "good": "RemoteShell",
        "stranger": "AuthenticationError",
        "off": "NodeUnreachableError",
        "here": "LocalShell",
    }
    assert list((await connections.open(["here"])).ok) == ["here"]
    assert await connections.shell("good") is await connections.shell("good")


async def test_ssh_configuration_is_honoured(reach: ConnectionFactory, sshd: Sshd) -> None:
    reach.config.write_text(
        f"Host ring-*\n  HostName 127.0.0.1\n  Port {sshd.port}\n  User {USER}\n  IdentityFile {sshd.key}\n"
        "  IdentitiesOnly yes\n  RemoteCommand false\n  RequestTTY force\n  ForwardAgent yes\n"
    )
    shell = await reach.shell(Node("a", "ring-a"))
    result = await shell.run("echo $SSH_AUTH_SOCK; tty")
    assert result.text == "\nnot a tty\n"


async def test_cluster_toml_overrides_the_ssh_configuration(reach: ConnectionFactory, sshd: Sshd) -> None:
    reach.config.write_text("Host *\n  Port 1\n  User nobody\n  IdentityFile /dev/null\n")
    await reach.assert_connects(sshd.node())


async def test_a_mistake_in_ssh_configuration_is_reported_with_its_line(reach: ConnectionFactory, sshd: Sshd) -> None:
    reach.config.write_text("Host *\n  Port many\n")
    with pytest.raises(FileError, match=rf"{reach.config}:2: .*Port") as caught:
        await reach.shell(Node("a", "127.0.0.1", Ssh(user=USER)))
    assert caught.value.line == 2


@pytest.fixture
def bastion(tmp_path: Path) -> Iterator[Sshd]:
    with running(Sshd(tmp_path / "bastion")) as server:
        yield server


@pytest.mark.parametrize("written", ["toml", "config"])
async def test_a_jump_host(reach: ConnectionFactory, sshd: Sshd, bastion: Sshd, written: str) -> None:
    reach.know(sshd.known(), bastion.known())
    jump = f"{USER}@127.0.0.1:{bastion.port}" if written == "toml" else None
    proxy = "" if jump else f"Match host 127.0.0.1 originalhost node-*\n  ProxyJump 127.0.0.1:{bastion.port}\n"
    reach.config.write_text(
        f"Host node-*\n  HostName 127.0.0.1\n  Port {sshd.port}\n  IdentityFile {sshd.key}\n{proxy}"
        f"Host 127.0.0.1\n  IdentityFile {bastion.key}\n"
    )
    nodes = [Node(name, f"node-{name}", Ssh(user=USER, jump=jump)) for name in "abc"]
    opened = await reach.connections(*nodes).open()
    assert [type(outcome).__name__ for outcome in opened.by_node.values()] == ["RemoteShell"] * 3
    assert bastion.log.read_text().count("Accepted publickey") == 1


async def test_a_chain_of_jumps(reach: ConnectionFactory, sshd: Sshd, bastion: Sshd, tmp_path: Path) -> None:
    with running(Sshd(tmp_path / "second")) as second:
        reach.know(sshd.known(), bastion.known(), second.known())
        reach.config.write_text(f"Host *\n  IdentityFile {bastion.key}\n  IdentityFile {second.key}\n")
        jump = f"127.0.0.1:{bastion.port},127.0.0.1:{second.port}"
        shell = await reach.shell(sshd.node(jump=jump))
        assert (await shell.run("echo through")).text == "through\n"
        assert "Accepted publickey" in second.log.read_text()


async def test_the_host_key_of_a_jump_host_is_verified(reach: ConnectionFactory, sshd: Sshd, bastion: Sshd) -> None:
    operator = Operator()
    with pytest.raises(HostKeyError, match=r"the jump host .* not known"):
        await reach.shell(sshd.node(jump=f"127.0.0.1:{bastion.port}"), operator)
    assert operator.asked[0][-1] == bastion.fingerprint()


async def test_the_host_key_behind_a_jump_host_is_verified(reach: ConnectionFactory, sshd: Sshd, bastion: Sshd) -> None:
    reach.know(bastion.known())
    reach.config.write_text(f"Host *\n  IdentityFile {bastion.key}\n")
    with pytest.raises(HostKeyError, match="not known") as caught:
        await reach.shell(sshd.node(jump=f"127.0.0.1:{bastion.port}"))
    assert caught.value.fingerprint == sshd.fingerprint()


async def test_a_jump_host_that_cannot_reach_the_node(reach: ConnectionFactory, bastion: Sshd) -> None:
    reach.know(bastion.known())
    reach.config.write_text(f"Host *\n  IdentityFile {bastion.key}\n")
    node = Node("a", "127.0.0.1", Ssh(user=USER, port=free_port(), jump=f"127.0.0.1:{bastion.port}"))
    with pytest.raises(NodeUnreachableError, match=r"the jump host could not reach 127.0.0.1") as caught:
        await reach.shell(node)
    assert caught.value.stage == "connect"


async def test_a_jump_host_that_is_off(reach: ConnectionFactory, sshd: Sshd) -> None:
    with pytest.raises(NodeUnreachableError, match=r"the jump host .* refuses connections"):
        await reach.shell(sshd.node(jump=f"127.0.0.1:{free_port()}"))


async def test_jumps_in_a_circle(reach: ConnectionFactory, sshd: Sshd) -> None:
    reach.config.write_text("Host x\n  ProxyJump y\nHost y\n  ProxyJump x\n")
    with pytest.raises(FileError, match="jumps"):
        await reach.shell(Node("a", "x"))
