"""Creates and removes a practice cluster's network: bridges, namespaces, veth pairs, and masquerading."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from corotui.errors import RefusedError, WorkError
from corotui.practice.instance_record import InstanceRecord
from corotui.practice.machine import forwarding
from corotui.practice.model import MAX_LINKS, PracticeNode
from corotui.practice.subprocesses import run

_FIRST = 77  # link 0 is 10.77.SLOT.0/24, link 1 is 10.78.SLOT.0/24, and so on
_SLOTS = 256
_PREFIX = 24
_BRIDGES = "cptb"


def subnet(slot: int, link: int) -> ipaddress.IPv4Network:
    """The network of a link, a /24."""
    return ipaddress.IPv4Network(f"10.{_FIRST + link}.{slot}.0/{_PREFIX}")


def address(slot: int, link: int, number: int) -> str:
    """The address of node `number` (from 1) on a link; the gateway has .254 on link 0."""
    return str(subnet(slot, link)[number])


def gateway(slot: int) -> str:
    """The address of this machine on link 0."""
    return str(subnet(slot, 0)[254])


def bridge(slot: int, link: int) -> str:
    """Name of the bridge of a link."""
    return f"{_BRIDGES}{slot}l{link}"


def veth(slot: int, number: int, link: int) -> str:
    """Name of the outer end of a node's link; at most 15 characters, the kernel's limit."""
    return f"cptv{slot}n{number}l{link}"


def table(slot: int) -> str:
    """Name of the cluster's nft table, family ip."""
    return f"corotui_practice_{slot}"


def free_slot(taken: Iterable[int], *, first: int) -> int:
    """The lowest slot from `first` on that no cluster has and whose networks this machine does not use.

    Raises RefusedError if there is none.
    """
    used = set(taken)
    known = _local_networks()
    for slot in range(first, _SLOTS):
        mine = [subnet(slot, link) for link in range(MAX_LINKS)]
        if slot not in used and not any(ours.overlaps(theirs) for ours in mine for theirs in known):
            return slot
    raise RefusedError(f"No network 10.{_FIRST}.x.0/24 is free on this machine for another practice cluster.")


def refuse_existing(record: InstanceRecord) -> None:
    """Raises RefusedError if an interface or namespace of the record exists already, since it is not ours."""
    interfaces = _interfaces()
    wanted = {*record.bridges, *(name for resources in record.things for name in resources.veths)}
    existing = sorted(wanted & interfaces)
    existing += [resources.namespace for resources in record.things if Path("/run/netns", resources.namespace).exists()]
    if existing:
        raise RefusedError(
            f"{', '.join(existing)} exists on this machine and no record says that corotui made it.",
            next_step="Remove it, or use another --name.",
        )


def create_network(record: InstanceRecord) -> None:
    """Creates the network. The record must be on disk before."""
    for resources in record.things:
        run(["ip", "netns", "add", resources.namespace])
        # A new namespace inherits this machine's setting. A real node would not forward.
        still = ["sh", "-c", "echo 0 >/proc/sys/net/ipv4/ip_forward"]
        run(["nsenter", f"--net=/run/netns/{resources.namespace}", "--", *still])
    run(["ip", "-batch", "-"], stdin=_outside(record))
    for number, (node, resources) in enumerate(zip(record.nodes, record.things, strict=True), 1):
        run(["ip", "-n", resources.namespace, "-batch", "-"], stdin=_inside(record, node, number))
    run(["nft", "-f", "-"], stdin=_rules(record))
    forwarding.allow_forwarding(f"{_BRIDGES}{record.slot}l*", _comment(record))


def remove_network(record: InstanceRecord) -> None:
    """Removes what exists of the network."""
    for resources in record.things:
        if Path("/run/netns", resources.namespace).exists():
            run(["ip", "netns", "delete", resources.namespace])
    interfaces = _interfaces()
    for name in (*(name for resources in record.things for name in resources.veths), *record.bridges):
        if name in interfaces:
            run(["ip", "link", "delete", name], check=False)
            if Path("/sys/class/net", name).exists():
                raise WorkError(f"The interface {name} could not be removed.", changed="")
    forwarding.remove_forwarding(_comment(record))
    remove_table("ip", record.table)
    for item in record.faults:
        for family in ("ip", "bridge"):
            remove_table(family, fault_table(record, item.fault, item.node))


def fault_table(record: InstanceRecord, fault: str, node: str) -> str:
    """Name of the nft table that holds a fault's rules for a node's links."""
    return f"{record.table}_{fault.replace('-', '_')}_{node}"


def remove_table(family: str, name: str) -> None:
    """Removes an nft table if it exists."""
    entries = json.loads(run(["nft", "-j", "list", "tables"]).stdout)["nftables"]
    if any(entry.get("table", {}).get("family") == family and entry["table"]["name"] == name for entry in entries):
        run(["nft", "delete", "table", family, name])


def _comment(record: InstanceRecord) -> str:
    return f"corotui practice {record.slot}"


def _outside(record: InstanceRecord) -> str:
    lines = []
    for link, name in enumerate(record.bridges):
        mac = f"02:c0:00:{record.slot:02x}:{link:02x}:fe"
        lines.append(f"link add name {name} address {mac} type bridge forward_delay 0 stp_state 0")
        lines.append(f"link set {name} up")
    lines.append(f"address add {gateway(record.slot)}/{_PREFIX} dev {record.bridges[0]}")
    for number, resources in enumerate(record.things, 1):
        for link, name in enumerate(resources.veths):
            mac = f"02:c0:00:{record.slot:02x}:{link:02x}:{number:02x}"
            lines.append(f"link add {name} type veth peer name eth{link} address {mac} netns {resources.namespace}")
            lines.append(f"link set {name} master {record.bridges[link]} up")
    return "\n".join(lines) + "\n"


def _inside(record: InstanceRecord, node: PracticeNode, number: int) -> str:
    lines = ["link set lo up"]
    for link, own in enumerate(node.addresses):
        lines.append(f"address add {own}/{_PREFIX} broadcast + dev eth{link}")
        lines.append(f"link set eth{link} up")
    lines.append(f"route add default via {gateway(record.slot)}")
    return "\n".join(lines) + "\n"


def _rules(record: InstanceRecord) -> str:
    """nft rules: masquerading for link 0, and no way to the nodes of other practice clusters."""
    own = record.bridges[0]
    return (
        f"add table ip {record.table}\n"
        f"add chain ip {record.table} between {{ type filter hook forward priority filter; }}\n"
        f'add rule ip {record.table} between iifname "{own}" oifname != "{own}" oifname "{_BRIDGES}*" drop\n'
        f"add chain ip {record.table} out {{ type nat hook postrouting priority srcnat; }}\n"
        f"add rule ip {record.table} out ip saddr {subnet(record.slot, 0)}"
        f' oifname != "{own}" masquerade\n'
    )


def _interfaces() -> set[str]:
    return {path.name for path in Path("/sys/class/net").iterdir()}


def _local_networks() -> list[ipaddress.IPv4Network]:
    networks = []
    for route in json.loads(run(["ip", "-4", "-json", "route", "show", "table", "all"]).stdout or b"[]"):
        with suppress(ValueError):
            network = ipaddress.IPv4Network(route.get("dst", ""), strict=False)
            if network.prefixlen >= 12:  # a wide route, such as a VPN's 10.0.0.0/8, leaves room beside it
                networks.append(network)
    return networks
