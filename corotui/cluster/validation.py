"""Checks of names, hosts, users, ports and jump hosts. Each returns what is wrong with a value, "" for a valid one.

The text continues a sentence that begins with the value: `'a b' is not a usable name: …`. No valid value begins with
"-", so that none can become an option of a program.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Iterable

from corotui.cluster.model import InstallMethod

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,254}")
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,252}")
_USER = re.compile(r"[^\s\x00-\x1f\x7f@:,/\-][^\s\x00-\x1f\x7f@:,/]{0,127}")
_VERSION = re.compile(r"[0-9][0-9A-Za-z.~+_-]{0,63}")


def name_fault(name: str) -> str:
    """Why `name` cannot be the name of a node or cluster; it goes into corosync.conf."""
    if _NAME.fullmatch(name):
        return ""
    return "is not a usable name: use letters, digits, dot, _ and -, and begin with a letter or digit"


def host_fault(host: str) -> str:
    """Why `host` is neither a host name nor an address."""
    if _HOST.fullmatch(host):
        return ""
    if "@" in host:
        return "contains a user; write the user as `user = …`"
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        zone = host.partition("%")[2]
        return "" if not zone or _HOST.fullmatch(zone) else "has an unusable zone behind the %"
    if ":" in host:
        return "is not an address; write the port as `port = …`"
    return "is neither a host name nor an address"


def user_fault(user: str) -> str:
    """Why `user` cannot be a login name."""
    return "" if _USER.fullmatch(user) else "is not a usable login name"


def jump_fault(jump: str) -> str:
    """Why `jump` is not a list of [user@]host[:port]."""
    for hop in jump.split(","):
        user, host, port = split_destination(hop)
        if user is not None and user_fault(user):
            return f"has an unusable user in {hop!r}"
        if host_fault(host):
            return f"has an unusable host in {hop!r}; write [user@]host[:port], with commas between hops"
        if port is not None and not (port.isascii() and port.isdigit() and 0 < int(port[:9]) < 65536):
            return f"has an unusable port in {hop!r}"
    return ""


def split_destination(hop: str) -> tuple[str | None, str, str | None]:
    """Splits [user@]host[:port] into user, host and port as written. An IPv6 address with a port is in brackets."""
    user, at, rest = hop.strip().rpartition("@")
    if rest.startswith("["):
        host, _, tail = rest[1:].partition("]")
        port = tail[1:] if tail.startswith(":") else None
    elif rest.count(":") == 1:
        host, _, port = rest.partition(":")
    else:
        host, port = rest, None
    return (user if at else None), host, port


def port_fault(port: int) -> str:
    """Why `port` is not a TCP port."""
    return "" if 0 < port < 65536 else "is not a port; ports are 1 to 65535"


def method_fault(method: str) -> str:
    """Why `method` is not a method to install."""
    known = [item.value for item in InstallMethod]
    return (
        "" if method in known else f"is not a method{did_you_mean(method, known) or '; known are ' + ', '.join(known)}"
    )


def version_fault(version: str) -> str:
    """Why `version` is not a version of corosync."""
    return "" if _VERSION.fullmatch(version) else "is not a version of corosync; write it like 3.1.7"


def sha256_fault(value: str) -> str:
    """Why `value` is not a sha256."""
    valid = len(value) == 64 and all(ch in "0123456789abcdefABCDEF" for ch in value)
    return "" if valid else "is not a sha256; write its 64 hexadecimal digits"


def path_fault(path: str) -> str:
    """Why `path` cannot be the path of a file."""
    return "contains control characters" if any(ord(ch) < 32 or ord(ch) == 127 for ch in path) else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """ "; did you mean X?" if a known word is close to `word`, else ""."""
    close = difflib.get_close_matches(word[:80], list(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""
