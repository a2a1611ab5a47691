"""Packets that do not arrive: a firewall on the node, an interface that is down, or loss between the nodes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from corotui.cluster.finding import SETTLING, Evidence, Finding, Remedy, Severity
from corotui.cluster.quoting import command
from corotui.doctor.context import DiagnosisContext, link_port
from corotui.doctor.evidence import NodeEvidence
from corotui.doctor.traffic import (
    counter_delta,
    has_recovered,
    has_second_sample,
    is_cut_off,
    is_not_heard,
    other_nodes,
    peers_with_links_down,
    receives_from,
    receives_nothing,
)
from corotui.prerequisites.firewall.findings import FirewallBlock, find_blocks

_PACKETS = re.compile(r"\bcounter packets (\d{1,19})\b")


def check_firewall(context: DiagnosisContext) -> Iterator[Finding]:
    """`host-firewall` and `host-firewall-out` (F02): a rule on the node drops the ring's packets.

    It is certain with a second piece of evidence: links that are down, or counters that show the direction.
    """
    facts = {node.name: node.facts for node in context.nodes if node.facts is not None}
    for node in context.nodes:
        if node.name not in facts:
            continue
        for blocked in find_blocks(node.name, facts):
            # knet nodes answer each other, so a stateful firewall that passes replies does not split a ring.
            if not (blocked.replies_pass and node.counters and not is_cut_off(context, node.name)):
                yield _firewall(context, node, blocked)


def _firewall(context: DiagnosisContext, node: NodeEvidence, blocked: FirewallBlock) -> Finding:
    evidence = [Evidence(blocked.rule, node.name, blocked.location)]
    counted = _PACKETS.search(blocked.rule)
    if counted and int(counted[1]):
        evidence.append(Evidence(f"it has dropped {counted[1]} packets", node.name, blocked.location))
    shown = receives_nothing(context, node.name) if blocked.incoming else is_not_heard(context, node.name)
    if shown:
        evidence += _traffic_evidence(context, node.name)
    down = is_cut_off(context, node.name)
    if down and not shown:
        evidence.append(Evidence("all its links are down", node.name, "stats.knet"))
    port = link_port(context, 0)
    drops = "drops" if blocked.certain or down or shown else "may drop"
    packets = f"UDP {port}" if blocked.incoming else f"its own UDP {port} on the way out"
    return Finding(
        Severity.ERROR if down or shown or blocked.certain else Severity.WARNING,
        "host-firewall" if blocked.incoming else "host-firewall-out",
        f"{node.name}'s firewall {drops} {packets}.",
        node=node.name,
        place=blocked.location,
        why="A node that receives nothing forms a ring of its own and logs nothing."
        if blocked.incoming
        else "The others receive nothing from it, while it still receives from them.",
        evidence=tuple(evidence),
        remedies=(blocked.remedy,) if blocked.remedy else (),
        certain=down or shown or (blocked.certain and bool(counted and int(counted[1]))),
    )


def check_interfaces(context: DiagnosisContext) -> Iterator[Finding]:
    """`interface-down`: the node has its address, but the interface is down."""
    for node in context.nodes:
        if node.facts is None:
            continue
        wanted = {ip for text in context.own_addresses(node.name).values() for ip in context.resolve(text, node.name)}
        for interface, address in node.facts.routable_addresses():
            if interface.up is not False or address.ip not in wanted:
                continue
            yield Finding(
                Severity.ERROR if context.is_outside_ring(node.name) else Severity.WARNING,
                "interface-down",
                f"{interface.name} of {node.name} is down; it carries {address.ip}.",
                node=node.name,
                place=interface.name,
                evidence=(
                    Evidence(f"{interface.name} is down", node.name, "ip link"),
                    Evidence(f"{address.ip} is its address in the ring", node.name, "corosync.conf"),
                ),
                remedies=(
                    Remedy(
                        title=f"set {interface.name} of {node.name} up",
                        node=node.name,
                        commands=(command("ip", "link", "set", interface.name, "up"),),
                        consequence=f"{node.name} rejoins the ring by itself",
                    ),
                ),
            )


def check_packet_loss(context: DiagnosisContext, explained: Collection[str]) -> Iterator[Finding]:
    """`silent-drop`: packets get lost between nodes for which no other cause is known.

    And `link-down`: only some of the links between two nodes are down.
    """
    cut = [node.name for node in context.nodes if is_cut_off(context, node.name) and node.name not in explained]
    if len(cut) == 2 and context.node_count == 2:
        cut = cut[:1]
    for name in cut:
        if has_recovered(context, name):
            yield _settling(context, name)
        elif not all(peer in explained for peer in other_nodes(context, name)):
            yield _silent_drop(context, name)
    for node in context.nodes:
        for peer in sorted(peers_with_links_down(node)):
            pair = {node.name, peer}
            other = context.node(peer)
            if other is None or not other.view.running or pair & {*cut, *explained}:
                continue
            if node.name < peer or node.name not in peers_with_links_down(other):
                yield _pair(context, *sorted(pair))
    yield from _links(context, {*cut, *explained})


def _settling(context: DiagnosisContext, name: str) -> Finding:
    return Finding(
        Severity.ERROR,
        SETTLING,
        f"{name} is not in the ring yet, but it and the others hear each other again.",
        node=name,
        why="Links and ring form again within seconds. Run the doctor again then.",
        evidence=tuple(_traffic_evidence(context, name)),
        certain=False,
    )


def _silent_drop(context: DiagnosisContext, name: str) -> Finding:
    evidence = _traffic_evidence(context, name)
    if not evidence:
        evidence = [Evidence("all its links are down", name, "stats.knet")]
    evidence.append(Evidence("no rule that drops them was found", name, "nft list ruleset"))
    if receives_nothing(context, name) and not is_not_heard(context, name):
        where = f"on their way to {name}"
    elif is_not_heard(context, name) and not receives_nothing(context, name):
        where = f"on their way from {name}"
    else:
        where = f"between {name} and the others"
    port = link_port(context, 0)
    return Finding(
        Severity.ERROR,
        "silent-drop",
        f"Packets get lost {where}; no firewall on a node drops them.",
        node=name,
        place=f"UDP {port}",
        why="Something between the nodes drops them: a security group or network ACL of the cloud, a switch, a router.",
        evidence=tuple(evidence),
        remedies=(_allow_udp(context, port),),
        certain=has_second_sample(context) and (receives_nothing(context, name) or is_not_heard(context, name)),
    )


def _pair(context: DiagnosisContext, first: str, second: str) -> Finding:
    evidence = [Evidence(f"links to {second} are down", first, "stats.knet")]
    for receiver, sender in ((first, second), (second, first)):
        received = receives_from(context, receiver, sender)
        if received is not None:
            evidence.append(Evidence(_reception_text(receiver, sender, received), receiver, "stats.knet"))
    return Finding(
        Severity.ERROR,
        "silent-drop",
        f"{first} and {second} do not reach each other, while both reach the others.",
        place=f"{first}-{second}",
        why="Totem has no routing: while one pair is apart, the ring cannot contain both.",
        evidence=tuple(evidence),
        remedies=(_allow_udp(context, link_port(context, 0)),),
        certain=len(evidence) > 1,
    )


def _links(context: DiagnosisContext, explained: Collection[str]) -> Iterator[Finding]:
    """Links that are down between two nodes that have another link up."""
    down: dict[tuple[int, str, str], list[str]] = {}
    for node in context.nodes:
        cut_peers = peers_with_links_down(node)
        for link in node.view.links:
            if not link.connected and link.peer not in cut_peers and node.view.running:
                first, second = sorted((node.name, link.peer))
                down.setdefault((link.link, first, second), []).append(node.name)
    for (number, first, second), reporters in sorted(down.items()):
        if {first, second} & set(explained):
            continue
        yield Finding(
            Severity.WARNING,
            "link-down",
            f"Link {number} between {first} and {second} is down; another link carries the ring.",
            node=reporters[0] if len(reporters) == 1 else None,
            place=f"link {number} {first}-{second}",
            why="There is no redundancy left: the next link that fails takes a node out of the ring.",
            evidence=tuple(Evidence(f"link {number} is disconnected", name, "stats.knet") for name in reporters),
            remedies=(_allow_udp(context, link_port(context, number)),),
            certain=len(reporters) == 2,
        )


def _traffic_evidence(context: DiagnosisContext, name: str) -> list[Evidence]:
    """Which node receives from which, shown by the pings that arrived between the two samples."""
    node = context.node(name)
    seconds = node.seconds_between if node else 0.0
    evidence: list[Evidence] = []
    for peer in other_nodes(context, name):
        for receiver, sender in ((peer, name), (name, peer)):
            received = receives_from(context, receiver, sender)
            count = counter_delta(context, receiver, sender, ("rx_ping_packets",))
            if received is not None:
                text = f"{_reception_text(receiver, sender, received)}: rx_ping +{count} in {seconds:.0f} s"
                evidence.append(Evidence(text, receiver, "corosync-cmapctl -m stats"))
    return evidence[:4]


def _reception_text(receiver: str, sender: str, received: bool) -> str:
    return f"{receiver} {'hears' if received else 'does not hear'} {sender}"


def _allow_udp(context: DiagnosisContext, port: int) -> Remedy:
    groups = {name for node in context.nodes for name in _groups(node)}
    named = f" ({', '.join(sorted(groups))})" if groups else ""
    return Remedy(
        title=f"allow UDP {port} between the nodes",
        privileged=False,
        manual=f"Allow UDP {port} in both directions between all nodes: in the security group of the cloud{named} with "
        "the group itself as the source, in its network ACL, and on switches and routers between them.",
    )


def _groups(node: NodeEvidence) -> tuple[str, ...]:
    return node.facts.cloud.security_groups if node.facts and node.facts.cloud else ()
