"""Resolves where ssh connects: cluster.toml takes precedence over ~/.ssh/config, that over /etc/ssh/ssh_config.

Only the keywords that are read here have an effect. corotui lends nothing of this machine to a node, so ForwardAgent,
ForwardX11, RemoteForward, SendEnv, RequestTTY, RemoteCommand and the like are not among them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from corotui.cluster.model import Ssh
from corotui.cluster.phrasing import format_list
from corotui.cluster.text.bounded import one_line
from corotui.cluster.validation import split_destination
from corotui.errors import FileError
from corotui.ssh.connect.known_hosts import HostKeyNames
from corotui.ssh.connect.known_hosts_file import SSH_PORT
from corotui.ssh.connect.operator_config import local_user, read_config
from corotui.ssh.connect.options import handshake_arguments

MAX_HOPS = 8
"""Levels of jump hosts, each named by the configuration of the one before. More levels count as a circle."""


@dataclass(frozen=True, slots=True)
class SshTarget:
    """One ssh connection to make."""

    user: str
    """The login."""
    host: str
    """The name or address that the socket connects to."""
    port: int
    """The TCP port that the socket connects to."""
    host_key_alias: str
    """HostKeyAlias of the configuration, "" for none."""
    jumps: tuple[SshTarget, ...]
    """The jump hosts on the way, nearest to this machine first."""
    identity_files: tuple[Path, ...]
    """Private keys in the order to try them; empty for the default ones."""
    certificate_files: tuple[Path, ...]
    """Certificates for the private keys."""
    identities_only: bool
    """Whether only the keys of `identity_files` are offered."""
    agent_socket: str
    """Path of the agent's socket, "" for no agent."""
    known_hosts: tuple[Path, ...]
    """known_hosts files that the configuration names."""
    revoked_host_keys: tuple[Path, ...]
    """RevokedHostKeys: files with keys that are never accepted. One that cannot be read refuses every key."""
    asks_for_new_keys: bool
    """Whether a first contact may be accepted at all. False with StrictHostKeyChecking yes."""
    handshake: tuple[tuple[str, object], ...]
    """(argument of asyncssh, value) for the algorithms and methods that the configuration chooses."""
    ssh_config_files: tuple[str, ...]
    """The ssh configuration files that were read."""
    proxy_command: str
    """ProxyCommand, "" if there is none, or if a jump overrides it."""

    @property
    def destination(self) -> str:
        """user@host, with the port if it is not 22."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.user}@{host}" + (f":{self.port}" if self.port != SSH_PORT else "")

    @property
    def destination_and_route(self) -> str:
        """The destination, with the jump hosts on the way there, as the operator reads it."""
        route = format_list([jump.destination for jump in self.jumps])
        return f"{self.destination} through {route}" if route else self.destination

    @property
    def password_scope(self) -> tuple[str, ...]:
        """What a login password is remembered for: user, host, port, and all that leads there.

        One address behind two bastions is two machines.
        """
        own = (self.user, self.host, str(self.port), self.proxy_command)
        return (*own, *(part for jump in self.jumps for part in jump.password_scope))

    @property
    def host_key_names(self) -> HostKeyNames:
        """The names under which its host key is looked up."""
        return HostKeyNames.of(self.host, self.port, self.host_key_alias)

    @property
    def uses_proxy_command(self) -> bool:
        """Whether a command of the operator connects, instead of a socket of ours."""
        return bool(self.proxy_command)


def config_files(files: Sequence[str]) -> tuple[str, ...]:
    """Returns those of the ssh configuration files that can be read."""
    paths = [os.path.expanduser(name) for name in files]  # noqa: PTH111 - unchanged if there is no home
    return tuple(path for path in paths if os.access(path, os.R_OK) and not os.path.isdir(path))  # noqa: PTH112


def resolve_target(host: str, ssh: Ssh, files: Sequence[str], *, depth: int = 0) -> SshTarget:
    """Returns the target that the options of cluster.toml and the ssh configuration `files` describe together.

    Raises FileError for a mistake in a configuration file, and for jump hosts that form a circle. `depth`: how many
    jumps lead to this call.
    """
    if depth > MAX_HOPS:
        raise FileError("~/.ssh/config", f"more than {MAX_HOPS} jumps on the way to {one_line(host)}", key="ProxyJump")
    config = read_config(host, ssh.user, ssh.port, files)
    jump = ssh.jump if ssh.jump is not None else _string(config.get("ProxyJump"))
    identities = (ssh.key,) if ssh.key else tuple(_strings(config.get("IdentityFile")))
    user = ssh.user if ssh.user is not None else _string(config.get("User")) or local_user()
    named_port = ssh.port if ssh.port is not None else config.get("Port")
    port = named_port if isinstance(named_port, int) else SSH_PORT
    try:
        handshake = handshake_arguments(host, user, port, files, final=config.has_match_final())
    except (ValueError, OSError) as error:
        raise FileError(files[0] if files else "~/.ssh/config", one_line(str(error))) from None
    return SshTarget(
        user=user,
        host=_string(config.get("Hostname")) or host,
        port=port,
        host_key_alias=_string(config.get("HostKeyAlias")) or "",
        jumps=_resolve_jumps(jump, host, files, depth),
        identity_files=tuple(Path(name).expanduser() for name in identities),
        certificate_files=_paths(config.get("CertificateFile")),
        identities_only=bool(ssh.key) or bool(config.get("IdentitiesOnly")),
        agent_socket=_agent_socket(config.get("IdentityAgent", ())),
        known_hosts=_paths(config.get("UserKnownHostsFile")) + _paths(config.get("GlobalKnownHostsFile")),
        revoked_host_keys=_paths(config.get("RevokedHostKeys"), without=("none",)),
        asks_for_new_keys=config.get("StrictHostKeyChecking") not in ("yes", "true"),
        handshake=handshake,
        ssh_config_files=tuple(files),
        proxy_command="" if jump else _string(config.get("ProxyCommand")) or "",
    )


def _resolve_jumps(jump: str | None, target: str, files: Sequence[str], depth: int) -> tuple[SshTarget, ...]:
    """Returns the jump hosts of `a,b`: through a, then through b. The way to a is in a's own configuration.

    No host jumps through itself: `Host *` with a ProxyJump means all others.
    """
    if not jump or jump.lower() == "none":
        return ()
    hops: tuple[SshTarget, ...] = ()
    for entry in jump.split(","):
        user, host, port = split_destination(entry.removeprefix("ssh://"))
        if host == target and port is None:
            continue
        hop = resolve_target(
            host, Ssh(user=user, port=int(port) if port and port.isdigit() else None), files, depth=depth + 1
        )
        hops = (*hops, hop) if hops else (*hop.jumps, hop)
    return hops


def _agent_socket(value: object) -> str:
    """Returns the path of the agent's socket for a value of IdentityAgent, "" for no agent."""
    if value is None:
        return ""  # IdentityAgent none
    if value in ((), "SSH_AUTH_SOCK"):
        return os.environ.get("SSH_AUTH_SOCK", "")
    text = str(value)
    return os.environ.get(text[1:], "") if text.startswith("$") else os.path.expanduser(text)  # noqa: PTH111


def _paths(value: object, without: tuple[str, ...] = ("/dev/null", "none")) -> tuple[Path, ...]:
    """Returns the paths that an option names. The words of `without` stand for no file."""
    return tuple(Path(name).expanduser() for name in _strings(value) if name not in without)


def _string(value: object) -> str | None:
    """Returns the value of an option that is a string, None for any other."""
    return value if isinstance(value, str) else None


def _strings(value: object) -> list[str]:
    """Returns the values of an option that is a list, empty for any other."""
    return [str(item) for item in value] if isinstance(value, list | tuple) else []
