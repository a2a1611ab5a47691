"""A node's facts as text of at most 80 columns or so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corotui.facts.model import Corosync, Interface, NodeFacts

_KEY_WIDTH = 11


def facts_lines(facts: NodeFacts) -> list[str]:
    """A key and its value a line; empty values are left out."""
    return [f"{key:{_KEY_WIDTH}} {value}".rstrip() for key, value in _pairs(facts) if value]


def _pairs(facts: NodeFacts) -> Iterator[tuple[str, str]]:
    yield "system", ", ".join(filter(None, (facts.os.name, facts.os.arch, facts.service_manager)))
    yield "user", _user(facts)
    yield "name", f"{facts.hostname} = {', '.join(map(str, facts.own_name)) or 'nothing'}"
    yield "corosync", _corosync(facts.corosync)
    yield "pacemaker", "runs" if facts.pacemaker_running else ""
    key = "interfaces"
    for interface in facts.interfaces:
        if not interface.loopback:
            yield key, _interface(interface)
            key = ""
    yield "route", facts.default_route
    yield "firewall", ", ".join(f"{wall.tool} {_activity(wall.active)}" for wall in facts.firewalls)
    if facts.clock is not None:
        state = {True: "synchronised", False: "not synchronised", None: ""}[facts.clock.synchronised]
        offset = f"{facts.clock.offset / 1000:+.3f} s ± {facts.clock.uncertainty / 1000:.3f} s"
        yield "clock", ", ".join(filter(None, (offset, state)))
    fullest = min((disk for disk in facts.disks if disk.total), key=lambda disk: disk.free, default=None)
    yield "least room", f"{fullest.path} {fullest.free >> 20} MiB" if fullest else ""
    if facts.cloud is not None:
        yield "cloud", " ".join((facts.cloud.provider, facts.cloud.instance_id, facts.cloud.instance_type))
    if facts.not_understood:
        yield "unread", ", ".join(facts.not_understood)


def _user(facts: NodeFacts) -> str:
    if not facts.root:
        return f"{facts.user}, not root"
    return "root" if facts.uid == 0 else f"{facts.user}, root through sudo"


def _corosync(corosync: Corosync) -> str:
    if not corosync.version:
        return f"{corosync.path} does not run" if corosync.path else "not installed"
    conf = "" if corosync.conf is None else "the package's sample" if corosync.sample else "corosync.conf is there"
    return ", ".join(filter(None, (corosync.version, "runs" if corosync.running else "stopped", conf)))


def _interface(interface: Interface) -> str:
    addresses = " ".join(f"{a.ip}/{a.prefix}" for a in interface.addresses if a.scope != "link") or "no address"
    up = {True: "up", False: "down", None: "?"}[interface.up]
    return f"{interface.name:8} {addresses}  mtu {interface.mtu or '?'}  {up}"


def _activity(active: bool | None) -> str:
    return {True: "filters", False: "open", None: "unknown"}[active]
