"""Where ssh goes: cluster.toml over the operator's ssh configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from corotui.cluster.model import Ssh
from corotui.errors import FileError
from corotui.ssh.connect.ssh_config import config_files, resolve_target


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    path = tmp_path / "config"
    path.write_text("")
    return path


def test_nothing_is_said(config: Path) -> None:
    hop = resolve_target("10.0.0.1", Ssh(), [])
    assert (hop.host, hop.port, hop.jumps, hop.agent_socket, hop.identity_files) == ("10.0.0.1", 22, (), "", ())


def test_what_the_configuration_says(config: Path) -> None:
    config.write_text(
        "Host a\n  HostName a.example.com\n  Port 2222\n  User eva\n  IdentityFile ~/ring\n  IdentityAgent ~/agent\n"
        "  HostKeyAlias ring-a\n  UserKnownHostsFile ~/kh /dev/null\n"
    )
    hop = resolve_target("a", Ssh(), [str(config)])
    assert (hop.user, hop.host, hop.port, hop.host_key_alias) == ("eva", "a.example.com", 2222, "ring-a")
    assert hop.identity_files == (config.parent / "ring",)
    assert hop.agent_socket == str(config.parent / "agent")
    assert hop.known_hosts == (config.parent / "kh",)
    assert not hop.identities_only
    assert hop.destination == "eva@a.example.com:2222"


def test_cluster_toml_wins(config: Path) -> None:
    config.write_text("Host *\n  Port 2222\n  User eva\n  IdentityFile ~/ring\n  ProxyJump there\n")
    hop = resolve_target("a", Ssh(user="tom", port=22, key="/keys/id", jump="here"), [str(config)])
    assert (hop.user, hop.port, hop.identity_files) == ("tom", 22, (Path("/keys/id"),))
    assert hop.identities_only
    # the configuration holds for the jump host too, and says there how it is reached
    assert [one.host for one in hop.jumps] == ["there", "here"]


def test_a_chain_of_jumps_with_users_ports_and_addresses(config: Path) -> None:
    hop = resolve_target("a", Ssh(user="x", jump="eva@b:2200, [fe80::1]:23,c"), [])
    assert [(one.host, one.port) for one in hop.jumps] == [("b", 2200), ("fe80::1", 23), ("c", 22)]
    assert hop.jumps[0].user == "eva"
    assert hop.jumps[1].destination.endswith("@[fe80::1]:23")


def test_a_jump_of_the_configuration_may_jump_itself(config: Path) -> None:
    config.write_text("Host a\n  ProxyJump b\nHost b\n  ProxyJump c\n")
    assert [one.host for one in resolve_target("a", Ssh(), [str(config)]).jumps] == ["c", "b"]


def test_no_jump_is_no_jump(config: Path) -> None:
    config.write_text("Host *\n  ProxyJump none\n")
    assert resolve_target("a", Ssh(), [str(config)]).jumps == ()


def test_a_proxy_command_counts_unless_there_is_a_jump(config: Path) -> None:
    config.write_text("Host a b\n  ProxyCommand nc %h %p\n")
    assert resolve_target("a", Ssh(), [str(config)]).uses_proxy_command
    assert not resolve_target("a", Ssh(jump="c"), [str(config)]).uses_proxy_command
    assert not resolve_target("c", Ssh(), [str(config)]).uses_proxy_command


@pytest.mark.parametrize("agent", ["none", "NONE"])
def test_no_agent(config: Path, monkeypatch: pytest.MonkeyPatch, agent: str) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", "/agent")
    assert resolve_target("a", Ssh(), [str(config)]).agent_socket == "/agent"
    config.write_text(f"IdentityAgent {agent}\n")
    assert resolve_target("a", Ssh(), [str(config)]).agent_socket == ""


@pytest.mark.parametrize("text", ["Host *\n  Port x\n", "Port\n", 'Host "\n', "Host *\n  Compression maybe\n"])
def test_a_mistake_is_reported_with_file_and_line(config: Path, text: str) -> None:
    config.write_text(text)
    with pytest.raises(FileError) as caught:
        resolve_target("a", Ssh(), [str(config)])
    assert caught.value.path == str(config)
    assert caught.value.line == len(text.splitlines())


def test_a_configuration_that_is_no_text(config: Path) -> None:
    config.write_bytes(b"Host \xff\n")
    with pytest.raises(FileError, match=str(config)):
        resolve_target("a", Ssh(), [str(config)])


def test_only_files_that_can_be_read_count(config: Path) -> None:
    assert config_files([str(config), "~/none", "~"]) == (str(config),)
