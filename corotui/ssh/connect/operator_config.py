"""Reads the operator's ssh configuration: what asyncssh knows, and the keywords about host keys that it leaves out."""

from __future__ import annotations

import getpass
import os
from collections.abc import Sequence

import asyncssh
from asyncssh.config import SSHClientConfig

from corotui.cluster.text.bounded import one_line
from corotui.errors import FileError
from corotui.ssh.connect.known_hosts_file import host_name

_HOST_KEY_RULES = ("yes", "true", "no", "false", "off", "ask", "accept-new")
_GROWING = ("IdentityFile", "CertificateFile")  # each occurrence adds to them; of the others the first one counts


class OperatorConfig(SSHClientConfig):
    """The configuration of one host.

    Besides asyncssh's keywords it has RevokedHostKeys and StrictHostKeyChecking, expands tokens in the names of
    known_hosts files, and reads `Match final` as ssh does.
    """

    _percent_expand = SSHClientConfig._percent_expand | {"UserKnownHostsFile", "RevokedHostKeys"}

    def _set_host_key_rule(self, option: str, args: list[str]) -> None:
        """Sets StrictHostKeyChecking."""
        value = args.pop(0).lower()
        if value not in _HOST_KEY_RULES:
            self._error(f"Invalid {option} value: {value}")
        self._options.setdefault(option, value)

    def _set_tokens(self) -> None:
        """Sets what stands for %h, %k and %j besides asyncssh's tokens."""
        super()._set_tokens()
        alias = self._options.get("HostKeyAlias")
        self._tokens["h"] = host_name(self._tokens["h"])
        self._tokens["k"] = alias.lower() if isinstance(alias, str) else self._orig_host
        self._tokens["j"] = str(self._options.get("ProxyJump") or "")

    _handlers = {  # noqa: RUF012 - a class variable of asyncssh
        **SSHClientConfig._handlers,
        "revokedhostkeys": ("RevokedHostKeys", SSHClientConfig._set_string_list),
        "stricthostkeychecking": ("StrictHostKeyChecking", _set_host_key_rule),
    }

    def merge_final(self, final: SSHClientConfig) -> None:
        """Adds what a second pass found, in which `Match final` blocks count: it only fills what is not set yet."""
        for option, value in final.get_options(reload=False).items():
            if option in _GROWING:
                self._options[option] = value
            else:
                self._options.setdefault(option, value)


def read_config(host: str, user: str | None, port: int | None, files: Sequence[str]) -> OperatorConfig:
    """Returns the configuration for a host. `user` and `port` take precedence over it. Raises FileError."""
    try:
        first = _load(host, user, port, files, final=False)
        if first.has_match_final():
            first.merge_final(_load(host, user, port, files, final=True))
    except asyncssh.ConfigParseError as error:
        path, _, rest = str(error).partition(" line ")
        line, _, what = rest.partition(": ")
        has_line = line.isdigit()
        what = what if has_line else str(error)
        raise FileError(
            path if has_line else "~/.ssh/config", one_line(what), line=int(line) if has_line else None
        ) from None
    except (ValueError, OSError) as error:
        raise FileError(files[0] if files else "~/.ssh/config", one_line(str(error))) from None
    return first


def local_user() -> str:
    """Returns the operator's login on this machine, the default for a login on a node."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _load(host: str, user: str | None, port: int | None, files: Sequence[str], *, final: bool) -> OperatorConfig:
    """Reads the files once."""
    login: object = user if user is not None else ()
    number: object = port if port is not None else ()
    config = OperatorConfig.load(None, list(files), False, False, final, local_user(), login, host, number)
    assert isinstance(config, OperatorConfig)
    return config
