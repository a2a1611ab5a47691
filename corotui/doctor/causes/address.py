"""Addresses that a node has lost, and names that mean loopback on it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corotui.cluster.finding import Evidence, Finding, Remedy, Severity
from corotui.cluster.quoting import command, quote
from corotui.doctor import remedies
from corotui.doctor.context import DiagnosisContext, parse_ip
from corotui.doctor.evidence import NodeEvidence
from corotui.facts.model import Interface, IpAddress

_HOST_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}")


def check_address(context: DiagnosisContext) -> Iterator[Finding]:
    """`address-gone`: the address that corosync uses is on no interface of its node.

    knet binds to it all the same and logs nothing, while no packet arrives.
    """
    for node in context.nodes:
        if node.facts is None:
            continue
        present = {address.ip for _, address in node.facts.routable_addresses()}
        if not present and not node.facts.interfaces:
            continue
        for link, written in sorted(context.own_addresses(node.name).items()):
            ip = parse_ip(written)
            if ip is None or ip in present or ip.is_loopback:
                continue
            evidence = [
                Evidence(f"{ip} is its address of link {link}", node.name, "corosync.conf"),
                Evidence(f"its addresses are {_list_addresses(node)}", node.name, "ip addr"),
            ]
            if ip in _bound_addresses(node):
                evidence.append(Evidence(f"corosync holds a socket on {ip}", node.name, "ss -Huanp"))
            only_link = len(context.own_addresses(node.name)) == 1
            yield Finding(
                Severity.ERROR if only_link or context.is_outside_ring(node.name) else Severity.WARNING,
                "address-gone",
                f"{node.name} has lost {ip}, its address of link {link}.",
                node=node.name,
                place=str(ip),
                why="corosync keeps running without its address and reports nothing; no packet reaches it.",
                evidence=tuple(evidence),
                remedies=_restore_address(context, node, link, ip),
            )


def check_loopback(context: DiagnosisContext) -> Iterator[Finding]:
    """`name-on-loopback`: on a node, a name in corosync.conf or its own host name means 127.0.0.0/8 or ::1.

    The node then sends its packets to itself.
    """
    for node in context.nodes:
        if node.facts is None:
            continue
        bound = sorted(ip for ip in _bound_addresses(node) if ip.is_loopback)
        for name, owner, used in _names(context, node):
            ips = [ip for ip in context.resolve(name, node.name) if ip.is_loopback]
            if not ips or not (used or bound):
                continue
            evidence = [Evidence(f"{name} means {ips[0]}", node.name, f"getent ahosts {name}")]
            evidence += [Evidence(f"corosync holds a socket on {ip}", node.name, "ss -Huanp") for ip in bound]
            evidence += [
                Evidence(line.partition(":")[2].strip(), node.name, f"/etc/hosts:{line.partition(':')[0]}")
                for line in node.loopback_hosts
                if name in line.partition(":")[2].split()
            ]
            if used:
                evidence.append(Evidence(f"{name} is used as an address", node.name, "corosync.conf"))
            real = context.expected_address(owner)
            yield Finding(
                Severity.ERROR,
                "name-on-loopback",
                f"{name} means {ips[0]} on {node.name}."
                + (f" Put {real} in its /etc/hosts." if real is not None else ""),
                node=node.name,
                place="/etc/hosts",
                why="corosync then binds to loopback and receives nothing; its log does not say so."
                if owner == node.name
                else f"{node.name} then sends itself the packets that are meant for {owner}.",
                evidence=tuple(evidence),
                remedies=_fix_hosts(context, node, name, real),
                certain=bool(bound) or used,
            )
            break


def _names(context: DiagnosisContext, node: NodeEvidence) -> Iterator[tuple[str, str, bool]]:
    """The names to check on a node, its own first: (name, the node it belongs to, whether it is used as an address)."""
    for other in sorted(context.nodes, key=lambda item: item.name != node.name):
        written = (
            context.own_addresses(node.name) if other.name == node.name else context.reference_addresses(other.name)
        )
        for address in written.values():
            if parse_ip(address) is None:
                yield address, other.name, True
    if node.facts is not None and node.facts.hostname:
        yield node.facts.hostname, node.name, False


def _bound_addresses(node: NodeEvidence) -> set[IpAddress]:
    """Addresses on which the node's corosync holds UDP sockets."""
    ports = node.facts.ports if node.facts else ()
    addresses = {
        parse_ip(use.address.partition("%")[0]) for use in ports if use.process == "corosync" and use.protocol == "udp"
    }
    return {ip for ip in addresses if ip is not None and not ip.is_unspecified}


def _list_addresses(node: NodeEvidence) -> str:
    assert node.facts is not None
    addresses = [f"{address.ip} ({interface.name})" for interface, address in node.facts.routable_addresses()]
    return ", ".join(addresses[:6]) or "none"


def _restore_address(context: DiagnosisContext, node: NodeEvidence, link: int, ip: IpAddress) -> tuple[Remedy, ...]:
    """Adds the address to the interface that has that network on other nodes, with their prefix length."""
    manual = Remedy(
        title=f"give {node.name} {ip} again",
        node=node.name,
        manual=f"Give {node.name} the address {ip} again, or write its new address into corosync.conf of all nodes.",
    )
    prefix, interface_name = _network_of(context, node, ip)
    interface = _interface(node, interface_name)
    if prefix is None or interface is None:
        return (manual,)
    add = command("ip", "addr", "add", f"{ip}/{prefix}", "dev", interface.name)
    up = () if interface.up else (command("ip", "link", "set", interface.name, "up"),)
    return (
        Remedy(
            title=f"put {ip}/{prefix} back on {interface.name} of {node.name}",
            node=node.name,
            commands=(*up, add),
            consequence="It lasts until the network is set up again, so write it into the network configuration, too. "
            f"{node.name} then rejoins the ring by itself",
            verify=f"ip -o addr show | grep -qw {quote(str(ip))}",
        ),
    )


def _network_of(context: DiagnosisContext, node: NodeEvidence, ip: IpAddress) -> tuple[int | None, str]:
    """Prefix length and interface name that other nodes have in the network of an address."""
    for other in context.nodes:
        if other.name == node.name or other.facts is None:
            continue
        for interface, address in other.facts.routable_addresses():
            if ip in address.network and ip != address.ip:
                return address.prefix, interface.name
    return None, ""


def _interface(node: NodeEvidence, name: str) -> Interface | None:
    """The interface of that name, else the only interface besides loopback."""
    assert node.facts is not None
    real = [interface for interface in node.facts.interfaces if not interface.loopback]
    same = [interface for interface in real if interface.name == name]
    return same[0] if same else real[0] if len(real) == 1 else None


def _fix_hosts(context: DiagnosisContext, node: NodeEvidence, name: str, real: IpAddress | None) -> tuple[Remedy, ...]:
    if real is None or not _HOST_NAME.fullmatch(name):  # it could hold commands for sed
        manual = (
            f"In /etc/hosts of {node.name}, remove {name} from the lines of 127. and ::1 and add a line with its real "
            "address. Then restart corosync there."
        )
        return (Remedy(title=f"correct /etc/hosts of {node.name}", node=node.name, manual=manual),)
    pattern = name.replace(".", "\\.")
    # The name is removed from the loopback lines (so is a line without names) and gets a line of its own.
    without = (
        f"/^[[:space:]]*(127\\.|::1)/{{s/[[:space:]]{pattern}([[:space:]]|$)/ /g;"
        "/^[[:space:]]*[0-9a-f.:]+[[:space:]]*$/d}"
    )
    append = f"printf '%s\\n' {quote(f'{real} {name}')} >> /etc/hosts"
    return (
        Remedy(
            title=f"make {name} mean {real} on {node.name}",
            node=node.name,
            commands=(
                "cp -p /etc/hosts /etc/hosts.corotui",
                command("sed", "-E", "-i", without, "/etc/hosts"),
                f"grep -qw {quote(f'^{real}.*{pattern}')} /etc/hosts || {append}",
                *remedies.start_commands(context, node.name),
            ),
            risk=remedies.restart_risk(context, node.name),
            consequence=remedies.restart_consequence(context, node.name),
            verify=f"getent ahosts {quote(name)} | grep -qw {quote(str(real))}",
        ),
    )
