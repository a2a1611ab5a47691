"""What names, hosts, users, ports and jumps may look like: a fault in words, or "" for none.

The words continue a sentence that begins with the value: `'a b' is no usable name: …`. None of these values may begin
with "-", so that none can become an option of a program.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Iterable

from corotui.cluster.model import InstallMethod
from corotui.cluster.sanitize import clean_line

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,254}")
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,252}")
_USER = re.compile(r"[^\s\x00-\x1f\x7f@:,/\-][^\s\x00-\x1f\x7f@:,/]{0,127}")
_VERSION = re.compile(r"[0-9][0-9A-Za-z.~+_-]{0,63}")


def name_fault(name: str) -> str:
    """Why `name` can be no node's or cluster's name, or "". Names go into corosync.conf."""
    if _NAME.fullmatch(name):
        return ""
    return "is no usable name: letters, digits, dot, _ and -, with a letter or digit in front"


def host_fault(host: str) -> str:
    """Why `host` is neither a host name nor an address, or ""."""
    if _HOST.fullmatch(host):
        return ""
    if "@" in host:
        return "holds a user; write the user as `user = …`"
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        zone = host.partition("%")[2]
        return "" if not zone or _HOST.fullmatch(zone) else "has an unusable zone behind the %"
    if ":" in host:
        return "is no address; a port goes into `port = …`"
    return "is no host name and no address"


def user_fault(user: str) -> str:
    """Why `user` can be no login name, or ""."""
    return "" if _USER.fullmatch(user) else "is no usable login name"


def jump_fault(jump: str) -> str:
    """Why `jump` is no list of [user@]host[:port], or ""."""
    for hop in jump.split(","):
        user, host, port = split_destination(hop)
        if user is not None and user_fault(user):
            return f"has an unusable user in {clean_line(hop)!r}"
        if host_fault(host):
            return f"has an unusable host in {clean_line(hop)!r}; write [user@]host[:port], with commas between hops"
        if port is not None and not (port.isascii() and port.isdigit() and 0 < int(port[:9]) < 65536):
            return f"has an unusable port in {clean_line(hop)!r}"
    return ""


def split_destination(hop: str) -> tuple[str | None, str, str | None]:
    """[user@]host[:port] -> user, host, port as written; an IPv6 address with a port stands in brackets."""
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
    """Why `port` is no TCP port, or ""."""
    return "" if 0 < port < 65536 else "is no port; ports are 1 to 65535"


def method_fault(method: str) -> str:
    """Why `method` is no way to install, or ""."""
    known = [item.value for item in InstallMethod]
    return "" if method in known else f"is no method{did_you_mean(method, known) or '; known are ' + ', '.join(known)}"


def version_fault(version: str) -> str:
    """Why `version` is no version of corosync, or ""."""
    return "" if _VERSION.fullmatch(version) else "is no version of corosync; write it like 3.1.7"


def sha256_fault(value: str) -> str:
    """Why `value` is no sha256, or ""."""
    whole = len(value) == 64 and all(ch in "0123456789abcdefABCDEF" for ch in value)
    return "" if whole else "is no sha256; write its 64 hexadecimal digits"


def path_fault(path: str) -> str:
    """Why `path` can be no path of a file, or ""."""
    return "holds control characters" if any(ord(ch) < 32 or ord(ch) == 127 for ch in path) else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean X?` where a known word is close to `word`, else ""."""
    close = difflib.get_close_matches(word[:80], list(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""
