"""Parses interfaces and addresses: `ip -d -json addr`, `ip -o link` with `ip -o addr`, and `ifconfig -a`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Interface, IPv6Interface, ip_interface
from itertools import pairwise

from corotui.facts.model import Address, Interface

_SCOPES = ("global", "link", "host")
_UP_STATES = {"UP": True, "DOWN": False, "LOWERLAYERDOWN": False, "NOTPRESENT": False, "DORMANT": False}


def parse(text: str) -> tuple[tuple[Interface, ...], str]:
    """The interfaces of the section in the node's order, and the lines that were not understood. Never raises."""
    tool, _, rest = text.partition("\n")
    match tool:
        case "ip-json":
            return parse_ip_json(rest)
        case "ip-oneline":
            return parse_ip_oneline(rest)
        case "ifconfig":
            return parse_ifconfig(rest)
    return (), text


def carries_traffic(operstate: str, flags: frozenset[str]) -> bool | None:
    """Whether an interface carries traffic: UP, or UNKNOWN (tunnels and loopback have no state) with a carrier.

    None if the node reports neither state nor flags.
    """
    state = _UP_STATES.get(operstate.upper())
    if state is not None:
        return state
    return None if not flags else bool(flags >= {"UP", "LOWER_UP"} or flags >= {"UP", "RUNNING"})


def make_address(ip: str, prefix: str | int, *, scope: str = "", secondary: bool = False) -> Address | None:
    """An Address made of text, or None if the text is none. `prefix` may be a netmask.

    An unknown scope is derived from the address.
    """
    try:
        interface = ip_interface(f"{ip.partition('%')[0]}/{prefix}")
    except ValueError:
        return None
    if scope not in _SCOPES:
        scope = _scope(interface)
    return Address(interface.ip, interface.network.prefixlen, scope, secondary)


def _scope(interface: IPv4Interface | IPv6Interface) -> str:
    if interface.ip.is_loopback:
        return "host"
    return "link" if interface.ip.is_link_local else "global"


def parse_ip_json(text: str) -> tuple[tuple[Interface, ...], str]:
    """Parses `ip -d -json addr` (iproute2 4.13 and later). Without -d `kind` stays empty."""
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError):
        return (), text
    if not isinstance(entries, list):
        return (), text
    interfaces: list[Interface] = []
    strange: list[str] = []
    for entry in entries:
        # `ip -json` prints an empty object for every interface a filter hides.
        if isinstance(entry, Mapping) and isinstance(entry.get("ifname"), str):
            interface, odd = _from_entry(entry)
            interfaces.append(interface)
            strange += odd
        elif entry:
            strange.append(json.dumps(entry))
    return tuple(interfaces), "\n".join(strange)


def _from_entry(entry: Mapping[str, object]) -> tuple[Interface, list[str]]:
    flags = frozenset(str(flag) for flag in _items(entry.get("flags")))
    mtu = entry.get("mtu")
    linkinfo = entry.get("linkinfo")
    addresses: list[Address] = []
    strange: list[str] = []
    for item in _items(entry.get("addr_info")):
        if not isinstance(item, Mapping) or item.get("family", "inet") not in ("inet", "inet6"):
            continue
        prefix = item.get("prefixlen")
        address = make_address(
            str(item.get("local", "")),
            prefix if isinstance(prefix, int) else "",
            scope=str(item.get("scope", "")),
            secondary=any(bool(item.get(word)) for word in ("secondary", "temporary", "deprecated", "dadfailed")),
        )
        if address is None:
            strange.append(json.dumps(item))
        else:
            addresses.append(address)
    return (
        Interface(
            name=str(entry["ifname"]),
            mac=_mac(entry.get("address") if entry.get("link_type") == "ether" else ""),
            mtu=mtu if isinstance(mtu, int) and not isinstance(mtu, bool) else None,
            up=carries_traffic(str(entry.get("operstate", "")), flags),
            loopback="LOOPBACK" in flags,
            addresses=tuple(addresses),
            kind=str(linkinfo.get("info_kind", "")) if isinstance(linkinfo, Mapping) else "",
            parent=_parent(entry, linkinfo),
        ),
        strange,
    )


def _parent(entry: Mapping[str, object], linkinfo: object) -> str:
    """The interface that this one runs over. A veth's `link` is its other end and does not count."""
    if isinstance(linkinfo, Mapping) and linkinfo.get("info_kind") == "veth":
        return ""
    link = entry.get("link")
    return link if isinstance(link, str) else ""


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _mac(value: object) -> str:
    mac = value.lower() if isinstance(value, str) else ""
    return mac if re.fullmatch(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}", mac) else ""


@dataclass(slots=True)
class _InterfaceTable:
    """Collects interfaces by name while lines are read."""

    interfaces: dict[str, Interface] = field(default_factory=dict)
    """Interfaces so far, by name."""
    addresses: dict[str, list[Address]] = field(default_factory=dict)
    """Addresses so far, by the name of the interface."""
    strange: list[str] = field(default_factory=list)
    """Lines that were not understood."""

    def change(self, name: str, **fields: object) -> None:
        """Sets fields of an interface, which is added if it is new."""
        known = self.interfaces.get(name, Interface(name))
        self.interfaces[name] = replace(known, **fields)  # type: ignore[arg-type]

    def add(self, name: str, address: Address | None, line: str) -> None:
        """Adds an address to an interface. Without an address the line counts as not understood."""
        if address is None:
            self.strange.append(line)
            return
        self.interfaces.setdefault(name, Interface(name))
        self.addresses.setdefault(name, []).append(address)

    def result(self) -> tuple[tuple[Interface, ...], str]:
        """All interfaces, and the lines that were not understood."""
        interfaces = (
            replace(interface, addresses=tuple(self.addresses.get(name, ())))
            for name, interface in self.interfaces.items()
        )
        return tuple(interfaces), "\n".join(self.strange)


_LINK = re.compile(r"\d+: (?P<name>[^\s@:]+)(?:@(?P<parent>[^\s:]+))?: <(?P<flags>[^>]*)>(?P<rest>.*)")
_ADDR = re.compile(r"\d+: (?P<name>[^\s@:]+)(?:@\S+)?\s+inet6? (?P<rest>.*)")


def parse_ip_oneline(text: str) -> tuple[tuple[Interface, ...], str]:
    """Parses `ip -d -o link` (busybox: without -d) followed by `ip -o addr`."""
    table = _InterfaceTable()
    for line in text.split("\n"):
        if not line.strip():
            continue
        if link := _LINK.match(line):
            _link_line(table, link)
        elif addr := _ADDR.match(line):
            words = addr["rest"].partition("\\")[0].split()
            ip, _, prefix = words[0].partition("/") if words else ("", "", "")
            # A point-to-point address is printed "10.0.0.1 peer 10.0.0.2/32": the prefix is the peer's.
            if len(words) > 2 and words[1] == "peer":
                prefix = words[2].partition("/")[2]
            scope = words[words.index("scope") + 1] if "scope" in words[:-1] else ""
            secondary = not {"secondary", "temporary", "deprecated", "dadfailed"}.isdisjoint(words)
            prefix = prefix or ("128" if ":" in ip else "32")
            table.add(addr["name"], make_address(ip, prefix, scope=scope, secondary=secondary), line)
        else:
            table.strange.append(line)
    return table.result()


def _link_line(table: _InterfaceTable, link: re.Match[str]) -> None:
    flags = frozenset(link["flags"].split(","))
    parent = link["parent"] or ""
    # With -d the third part begins with the kind ("veth addrgenmode eui64 …", "vlan protocol 802.1Q id 7 …").
    parts = [part.split() for part in link["rest"].split("\\")]
    values = dict(pairwise([word for part in parts[:2] for word in part]))
    kind = parts[2][0] if len(parts) > 2 and parts[2] and re.fullmatch(r"[a-z][a-z0-9_]*", parts[2][0]) else ""
    table.change(
        link["name"],
        mac=_mac(values.get("link/ether", "")),
        mtu=_number(values.get("mtu", "")),
        up=carries_traffic(values.get("state", ""), flags),
        loopback="LOOPBACK" in flags,
        # "@if7" and "@NONE" are no names of this node's; a veth's is its other end.
        parent="" if kind == "veth" or re.fullmatch(r"if\d+|NONE", parent) else parent,
        kind="" if kind == "alias" else kind,
    )


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


_HEAD = re.compile(r"(?P<name>\S+?):? +(?P<rest>(?:flags=|Link encap:).*)")
_OLD4 = re.compile(r"inet addr:(?P<ip>\S+)(?:.*\bMask:(?P<mask>\S+))?")
_OLD6 = re.compile(r"inet6 addr: ?(?P<ip>[^\s/]+)/(?P<mask>\d+)(?: +Scope:(?P<scope>\S+))?")
_NEW4 = re.compile(r"inet (?P<ip>\S+) +netmask (?P<mask>\S+)")
_NEW6 = re.compile(r"inet6 (?P<ip>\S+) +prefixlen (?P<mask>\d+)(?:.*<(?P<scope>\w+)>)?")
_MAC = re.compile(r"(?:ether|HWaddr) (?P<mac>\S+)")
_COUNTERS = re.compile(r"(RX|TX|Memory|Interrupt|collisions|Base address|device |loop |unspec |tunnel |sit )")


def parse_ifconfig(text: str) -> tuple[tuple[Interface, ...], str]:
    """Parses `ifconfig -a` of net-tools 1.60 and busybox ("inet addr:") and of net-tools 2 ("netmask")."""
    table = _InterfaceTable()
    name = ""
    for line in text.split("\n"):
        if not line.strip():
            continue
        if head := _HEAD.match(line):
            name = head["name"].partition(":")[0]
            _flags_line(table, name, head["rest"])
            if mac := _MAC.search(head["rest"]):
                table.change(name, mac=_mac(mac["mac"]))
            continue
        body = line.strip()
        if not name or line[0] not in " \t":
            table.strange.append(line)
        elif address := _OLD4.match(body) or _OLD6.match(body) or _NEW4.match(body) or _NEW6.match(body):
            groups = address.groupdict()
            scope = (groups.get("scope") or "").lower()
            table.add(name, make_address(groups["ip"], groups["mask"] or "32", scope=scope), line)
        elif mac := _MAC.match(body):
            table.change(name, mac=_mac(mac["mac"]))
        elif "MTU:" in body:
            _flags_line(table, name, body)
        elif not _COUNTERS.match(body):
            table.strange.append(line)
    return table.result()


def _flags_line(table: _InterfaceTable, name: str, text: str) -> None:
    """Reads `flags=4163<UP,...>  mtu 1400` or the older `UP BROADCAST RUNNING  MTU:1400`.

    A bare `Link encap:` line only names the interface.
    """
    if name not in table.interfaces:
        table.change(name)
    if new := re.search(r"flags=\d+<([^>]*)>(?: +mtu (\d+))?", text):
        flags, mtu = frozenset(new[1].split(",")), new[2] or ""
    elif old := re.search(r"MTU:(\d+)", text):
        flags, mtu = frozenset(text.split()), old[1]
    else:
        return
    up = bool(flags >= {"UP", "RUNNING"})
    table.change(name, mtu=_number(mtu), up=up, loopback="LOOPBACK" in flags)
