"""Parses ports in use, from `ss -uanp` and `ss -tlnp` or from the tables in /proc/net."""

from __future__ import annotations

import re
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address

from corotui.facts.model import PortUse

# A name of at most 15 bytes, in which a user may put quotes and commas, cannot hold `corosync",pid=7,`.
_PROCESS = re.compile(r'\("([^"]*)",pid=([0-9]{1,10}),')
_TCP_LISTEN = "0A"


def parse(text: str, daemons: Collection[str]) -> tuple[tuple[PortUse, ...], str]:
    """UDP sockets and TCP listeners, each once, and the lines that were not understood. Never raises.

    `daemons`: process ids of corosync's daemon. Another process with that name is named as one that is not the daemon.
    """
    tool, _, rest = text.partition("\n")
    if tool not in ("ss", "proc"):
        return (), text
    uses: dict[PortUse, None] = {}
    strange: list[str] = []
    for line in rest.split("\n"):
        words = line.split()
        if len(words) < 2 or words[1] in ("State", "sl"):
            continue
        use = _from_ss(words, line, daemons) if tool == "ss" else _from_table(words)
        if use is not None:
            uses[use] = None
        elif tool == "ss" or words[0].startswith("udp"):
            strange.append(line)
    return tuple(uses), "\n".join(strange)


def _from_ss(words: list[str], line: str, daemons: Collection[str]) -> PortUse | None:
    """Parses `udp UNCONN 0 0 10.0.0.1%eth0:5405 0.0.0.0:* users:(("corosync",pid=7,fd=8))`.

    Older releases of ss print `:::5405`.
    """
    if len(words) < 6:
        return None
    address, _, port = words[4].rpartition(":")
    if not re.fullmatch(r"[0-9]{1,5}", port):
        return None
    return PortUse(words[0], address.strip("[]") or "::", int(port), _holder(line, daemons))


def _holder(line: str, daemons: Collection[str]) -> str:
    """The name of the process that holds the socket, "" if ss names none."""
    holders: list[tuple[str, str]] = _PROCESS.findall(line)
    if any(name == "corosync" and pid in daemons for name, pid in holders):
        return "corosync"
    name, pid = holders[0] if holders else ("", "")
    return f"process {pid}, named corosync and not its daemon," if name == "corosync" else name


def _from_table(words: list[str]) -> PortUse | None:
    """Parses `udp 12: 0100007F:151D 00000000:0000 07 ...`. Addresses are 32-bit words, read as little-endian.

    None for a TCP socket that does not listen.
    """
    if len(words) < 5 or (words[0].startswith("tcp") and words[4] != _TCP_LISTEN):
        return None
    local = re.fullmatch(r"([0-9A-Fa-f]{8}|[0-9A-Fa-f]{32}):([0-9A-Fa-f]{4})", words[2])
    if local is None:
        return None
    raw = bytes.fromhex(local[1])
    raw = b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4))
    address = IPv4Address(raw) if len(raw) == 4 else IPv6Address(raw)
    return PortUse(words[0].rstrip("6"), str(address), int(local[2], 16))
