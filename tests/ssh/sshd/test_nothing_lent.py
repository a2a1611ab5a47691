"""A real sshd that takes everything: it is offered no display, agent, port, variable or terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ssh.connection_factory import ConnectionFactory
from tests.support.ssh.sshd import USER, Sshd, running

pytestmark = pytest.mark.slow

TAKES_ALL = (
    "X11Forwarding yes\nX11UseLocalhost yes\nAllowAgentForwarding yes\nAllowTcpForwarding yes\nPermitTunnel yes\n"
    "AcceptEnv *\nPermitTTY yes\nLogLevel DEBUG2\n"
)
GENEROUS = """Host *
  ForwardX11 yes
  ForwardX11Trusted yes
  ForwardAgent yes
  SendEnv *
  SetEnv LENT_BY_CONFIG=sesame
  RemoteForward 127.0.0.1:1 127.0.0.1:22
  LocalForward 127.0.0.1:1 127.0.0.1:22
  DynamicForward 127.0.0.1:2
  Tunnel yes
  RequestTTY force
  RemoteCommand echo instead
  PermitLocalCommand yes
  LocalCommand touch {ran}
  ControlMaster auto
  ControlPath {control}
  ControlPersist yes
  GSSAPIDelegateCredentials yes
"""
REQUESTS = re.compile(r"session_input_channel_req: session \d+ req ([\w@.-]+)|server_input_global_request: rtype (\S+)")


@pytest.fixture
def generous(tmp_path: Path, reach: ConnectionFactory, monkeypatch: pytest.MonkeyPatch, agent: Path) -> Iterator[Sshd]:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))
    monkeypatch.setenv("DISPLAY", "127.0.0.1:77")
    monkeypatch.setenv("LENT_BY_ENVIRONMENT", "sesame")
    reach.config.write_text(GENEROUS.format(ran=tmp_path / "ran", control=tmp_path / "control"))
    with running(Sshd(tmp_path / "generous", TAKES_ALL)) as server:
        yield server


def requests(server: Sshd) -> set[str]:
    """The requests that sshd got, but for those that start a command and keep the connection alive."""
    found = {first or second for first, second in REQUESTS.findall(server.log.read_text())}
    assert "exec" in found  # else the expression above no longer fits the log
    return found - {"exec", "keepalive@openssh.com", "no-more-sessions@openssh.com"}


async def test_a_node_is_lent_nothing(reach: ConnectionFactory, generous: Sshd, tmp_path: Path) -> None:
    reach.know(generous.known())
    shell = await reach.shell(generous.node())
    environment = (await shell.run("env; tty")).text
    assert "not a tty" in environment
    assert "sesame" not in environment
    for variable in ("SSH_AUTH_SOCK", "DISPLAY", "LENT", "SSH_TTY"):
        assert variable not in environment
    assert requests(generous) == set()
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "control").exists()


async def test_a_jump_host_is_lent_nothing(
    reach: ConnectionFactory, generous: Sshd, sshd: Sshd, tmp_path: Path
) -> None:
    with running(Sshd(tmp_path / "behind", TAKES_ALL)) as behind:
        reach.know(generous.known(), behind.known())
        with reach.config.open("a") as config:
            config.write(f"  IdentityFile {generous.key}\n")
        shell = await reach.shell(behind.node(jump=f"{USER}@127.0.0.1:{generous.port}"))
        assert "LENT" not in (await shell.run("env")).text
        assert requests(behind) == set()
        log = generous.log.read_text()
        assert "direct-tcpip" in log
        assert not REQUESTS.search(log.replace("rtype keepalive@openssh.com", ""))


async def test_the_test_sees_what_ssh_itself_would_lend(generous: Sshd, reach: ConnectionFactory) -> None:
    """Without this the tests above could pass for a configuration that lends nothing to anybody."""
    import asyncio

    known = reach.known_hosts.parent
    known.mkdir(exist_ok=True)
    (known / "plain").write_text(generous.known())
    process = await asyncio.create_subprocess_exec(
        *("ssh", "-F", str(reach.config), "-o", "RemoteCommand=none", "-o", "ControlMaster=no", "-o", "Tunnel=no"),
        *("-o", "ClearAllForwardings=yes", "-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={known / 'plain'}"),
        *("-i", str(generous.key), "-p", str(generous.port), f"{USER}@127.0.0.1", "env"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    out, _ = await process.communicate()
    assert b"LENT_BY_CONFIG=sesame" in out
    assert {"env", "pty-req", "auth-agent-req@openssh.com"} <= requests(generous)
