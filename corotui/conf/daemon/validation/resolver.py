"""What getaddrinfo answers on a host, as far as corosync uses it: addresses, and names the host can resolve."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final, NamedTuple

from corotui.conf.host.facts import Host
from corotui.conf.syntax import to_display

_OCTETS = re.compile(r"(0[xX][0-9a-fA-F]*|[0-9]+)").fullmatch
_SCOPED = re.compile(r"([0-9a-fA-F:.]+)%(\S+)").fullmatch


class IPAddress(NamedTuple):
    """An IP address."""

    family: int
    """4 or 6, 0 if it is not known."""
    value: int
    """The address as a number."""

    def __str__(self) -> str:
        if self.family == 0:
            return "?"
        if self.family == 4:
            return str(IPv4Address(self.value))
        # inet_ntop writes mapped and compatible addresses with a dotted end.
        high, low = self.value >> 32, self.value & 0xFFFFFFFF
        if high in (0, 0xFFFF) and (high or low > 0xFFFF):
            return f"::{'ffff:' if high else ''}{IPv4Address(low)}"
        return str(IPv6Address(self.value))


UNKNOWN_ADDRESS: Final = IPAddress(0, 0)

# Which families an ip_version accepts, the preferred one first (exec/totemip.c, totemip_parse).
FAMILIES: Final = {"ipv4": (4,), "ipv6": (6,), "ipv6-4": (6, 4), "ipv4-6": (4, 6)}


class Resolver:
    """Resolves names as the given host would. `assumed` collects what had to be assumed because it is not known of the
    host.
    """

    def __init__(self, host: Host | None) -> None:
        self.host = host
        self.assumed: list[str] = list(host.assumed) if host is not None else []
        self._hosts = (
            None
            if host is None or host.hosts is None
            else {name.lower(): addresses for name, addresses in {**_LOCALHOST, **host.hosts}.items()}
        )

    def resolve(self, text: str, ip_version: str = "ipv6-4") -> IPAddress | None:
        """The address that the daemon finds for a text of the file; None if it finds none, UNKNOWN_ADDRESS if the host
        is not known."""
        families = FAMILIES[ip_version]
        literal = parse_address(text)
        if literal is not None:
            if literal.family in families:
                return literal
            mapped = literal.family == 6 and literal.value >> 32 == 0xFFFF
            return IPAddress(4, literal.value & 0xFFFFFFFF) if mapped and families == (4,) else None
        if not text or len(text) > 253 or _impossible(text):
            return None
        addresses = self.lookup(text)
        if addresses is None:
            return UNKNOWN_ADDRESS
        for family in families:
            for address in addresses:
                if address.family == family:
                    return address
        return None

    def assume(self, assumption: str) -> None:
        """Notes a fact about the host that is assumed true."""
        self.assumed.append(assumption)

    def lookup(self, name: str) -> tuple[IPAddress, ...] | None:
        """All addresses of a name; empty if there are none, None if the host is not known."""
        if self._hosts is None:
            if name.lower() == "localhost":
                return (IPAddress(4, 0x7F000001), IPAddress(6, 1))
            self.assume(f"the name {to_display(name)} resolves")
            return None
        addresses = self._hosts.get(to_display(name).lower(), ())
        return tuple(filter(None, map(parse_address, addresses)))


_LOCALHOST = {"localhost": ("127.0.0.1", "::1")}


def _impossible(text: str) -> bool:
    """Whether a name has blanks or other characters that no host name has."""
    return any(ch in " \t\"'()/\\,;<>@[]^`{|}" or ch < " " for ch in text)


@lru_cache(maxsize=8192)
def parse_address(text: str) -> IPAddress | None:
    """An address as getaddrinfo reads it: IPv4 in any of inet_aton's forms ("127.1", "0x7f000001"), or IPv6."""
    if ":" in text:
        scoped = _SCOPED(text)
        try:
            return IPAddress(6, int(IPv6Address(scoped[1] if scoped else text)))
        except (AddressValueError, ValueError):
            return None
    parts = text.split(".")
    if len(parts) > 4:
        return None
    numbers = []
    for part in parts:
        if not _OCTETS(part):
            return None
        base = 16 if part[:2] in ("0x", "0X") else 8 if part[0] == "0" and len(part) > 1 else 10
        try:
            numbers.append(int(part[2:] or "0", 16) if base == 16 else int(part, base))
        except ValueError:
            return None
    *head, last = numbers
    if any(number > 255 for number in head) or last >= 256 ** (4 - len(head)):
        return None
    value = last
    for index, number in enumerate(head):
        value += number << (24 - 8 * index)
    return IPAddress(4, value)
