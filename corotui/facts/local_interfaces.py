"""The interfaces of the machine corotui runs on, from netifaces."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import netifaces

from corotui.facts.model import Address, Interface
from corotui.facts.parsers.addresses import carries_traffic, make_address

_SYS = Path("/sys/class/net")
_INET, _INET6 = netifaces.InterfaceType.AF_INET, netifaces.InterfaceType.AF_INET6
_LINK = netifaces.InterfaceType.AF_PACKET
_IFF_UP, _IFF_LOOPBACK = 0x1, 0x8


def local_interfaces() -> tuple[Interface, ...]:
    """Every interface of this machine with its addresses. MTU and state come from sysfs; None where it has none."""
    return tuple(_interface(name) for name in sorted(netifaces.interfaces()))


def _interface(name: str) -> Interface:
    by_family = netifaces.ifaddresses(name)
    flags = _flags(name)
    mtu = _read(name, "mtu")
    hardware = [str(entry.get("addr", "")) for entry in by_family.get(_LINK, [])]
    loopback = bool(flags & _IFF_LOOPBACK) if flags is not None else name == "lo"
    return Interface(
        name=name,
        mac=next((mac for mac in hardware if mac and not loopback), ""),
        mtu=int(mtu) if mtu.isdigit() else None,
        up=None if flags is None else carries_traffic(_read(name, "operstate"), _words(name, flags)),
        loopback=loopback,
        addresses=tuple(
            address
            for family in (_INET, _INET6)
            for entry in by_family.get(family, [])
            if (address := _address({str(key): value for key, value in entry.items()})) is not None
        ),
    )


def _address(entry: Mapping[str, str]) -> Address | None:
    """The address of an entry. netifaces2 calls the mask `mask`, netifaces calls it `netmask`.

    An IPv6 mask comes as "ffff:ffff::" or "ffff:ffff::/32".
    """
    ip = str(entry.get("addr", ""))
    mask = str(entry.get("mask") or entry.get("netmask") or "")
    if ":" in ip:
        return make_address(ip, _ipv6_prefix(mask))
    return make_address(ip, mask or 32)


def _ipv6_prefix(mask: str) -> int | str:
    bits, _, prefix = mask.partition("/")
    if prefix:
        return prefix
    whole = make_address(bits, 128) if bits else None
    return 128 if whole is None else int(whole.ip).bit_count()


def _flags(name: str) -> int | None:
    text = _read(name, "flags")
    try:
        return int(text, 16)
    except ValueError:
        return None


def _words(name: str, flags: int) -> frozenset[str]:
    up = {"UP"} if flags & _IFF_UP else set()
    carrier = {"LOWER_UP"} if _read(name, "carrier") == "1" else set()
    return frozenset({"PRESENT", *up, *carrier})


def _read(name: str, attribute: str) -> str:
    try:
        return (_SYS / name / attribute).read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""
