"""Resolves where ssh connects: cluster.toml takes precedence over ~/.ssh/config, that over /etc/ssh/ssh_config."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from corotui.cluster.model import Ssh
from corotui.cluster.sanitize import clean_line
from corotui.cluster.validation import split_destination
from corotui.errors import FileError

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
    """The name under which the host key is looked up."""
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
    original_host: str
    """The host as the operator wrote it; the Host blocks of the configuration match this."""
    ssh_config_files: tuple[str, ...]
    """The ssh configuration files that were read."""
    uses_proxy_command: bool
    """Whether the configuration has a ProxyCommand, and no jump overrides it."""

    @property
    def destination(self) -> str:
        """user@host, with the port if it is not 22."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.user}@{host}" + (f":{self.port}" if self.port != 22 else "")


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
        raise FileError(
            "~/.ssh/config", f"more than {MAX_HOPS} jumps on the way to {clean_line(host)}", key="ProxyJump"
        )
    options = _read_options(host, ssh, files)
    config = options.config
    jump = ssh.jump if ssh.jump is not None else _string(config.get("ProxyJump"))
    alias = _string(config.get("HostKeyAlias"))
    identities = (ssh.key,) if ssh.key else tuple(_strings(config.get("IdentityFile")))
    return SshTarget(
        user=options.username,
        host=options.host,
        port=options.port,
        host_key_alias=alias or options.host,
        jumps=_resolve_jumps(jump, host, files, depth),
        identity_files=tuple(Path(name).expanduser() for name in identities),
        certificate_files=_paths(config.get("CertificateFile")),
        identities_only=bool(ssh.key) or bool(config.get("IdentitiesOnly")),
        agent_socket=_agent_socket(config.get("IdentityAgent", ())),
        known_hosts=_paths(config.get("UserKnownHostsFile")) + _paths(config.get("GlobalKnownHostsFile")),
        original_host=host,
        ssh_config_files=tuple(files),
        uses_proxy_command=not jump and config.get("ProxyCommand") is not None,
    )


def _read_options(host: str, ssh: Ssh, files: Sequence[str]) -> asyncssh.SSHClientConnectionOptions:
    """Reads the ssh configuration for a host. Raises FileError."""
    try:
        return asyncssh.SSHClientConnectionOptions(
            config=list(files),
            host=host,
            port=ssh.port if ssh.port is not None else (),
            username=ssh.user if ssh.user is not None else (),
            client_keys=None,
            known_hosts=b"",
            x509_trusted_certs=None,
        )
    except asyncssh.ConfigParseError as error:
        path, _, rest = str(error).partition(" line ")
        line, _, what = rest.partition(": ")
        has_line = line.isdigit()
        what = what if has_line else str(error)
        raise FileError(
            path if has_line else "~/.ssh/config", clean_line(what), line=int(line) if has_line else None
        ) from None
    except (ValueError, OSError) as error:
        raise FileError(files[0] if files else "~/.ssh/config", clean_line(str(error))) from None


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


def _paths(value: object) -> tuple[Path, ...]:
    """Returns the paths that an option names. /dev/null and none stand for no file."""
    return tuple(Path(name).expanduser() for name in _strings(value) if name not in ("/dev/null", "none"))


def _string(value: object) -> str | None:
    """Returns the value of an option that is a string, None for any other."""
    return value if isinstance(value, str) else None


def _strings(value: object) -> list[str]:
    """Returns the values of an option that is a list, empty for any other."""
    return [str(item) for item in value] if isinstance(value, list | tuple) else []
