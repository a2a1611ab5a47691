"""Parses [NAME=][USER@]HOST[:PORT] of a command line."""

from __future__ import annotations

from corotui.cluster.model import Node, Ssh
from corotui.errors import UsageError


def parse_node(text: str, *, sudo: bool = False) -> Node:
    """The node of `a=root@10.0.0.1:2222` or `[fd00::1]:22`. Raises UsageError for any other text."""
    name, equals, rest = text.partition("=")
    if not equals:
        name, rest = "", text
    user, at, address = rest.rpartition("@")
    host, port = _parse_host_port(address, text)
    if not host or (at and not user) or any(part.startswith("-") for part in (name, user, host)):
        raise UsageError(f"{text!r} is not of the form [NAME=][USER@]HOST[:PORT].")
    label = name or host
    if not name and host[0].isalpha():
        label = host.split(".")[0]
    return Node(name=label, host=host, ssh=Ssh(user=user or None, port=port, sudo=sudo and user != "root"))


def _parse_host_port(address: str, text: str) -> tuple[str, int | None]:
    if address.startswith("["):
        host, _, tail = address[1:].partition("]")
        port = tail.removeprefix(":")
    elif address.count(":") == 1:
        host, _, port = address.partition(":")
    else:
        host, port = address, ""
    if not port:
        return host, None
    if not (port.isascii() and port.isdigit() and len(port) < 6) or not 0 < int(port) < 65536:
        raise UsageError(f"{text!r}: {port!r} is not a port number between 1 and 65535.")
    return host, int(port)
