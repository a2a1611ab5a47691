"""Packets that do not arrive: the node's own firewall, an interface that is down, or silence without a reason there."""

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
    """`host-firewall` (faults F01) and `host-firewall-out` (F02): a rule on the node refuses the ring's packets.

    Certain with a second piece: links that are down or counters that show the direction.
    """
    facts = {node.name: node.facts for node in context.nodes if node.facts is not None}
    for node in context.nodes:
        if node.name not in facts:
            continue
        for blocked in find_blocks(node.name, facts):
            # knet's packets are answers to each other: a stateful firewall that passes answers does not part a ring.
            if not (blocked.replies_pass and node.counters and not is_cut_off(context, node.name)):
                yield _firewall(context, node, blocked)


def _firewall(context: DiagnosisContext, node: NodeEvidence, blocked: FirewallBlock) -> Finding:
    evidence = [Evidence(blocked.rule, node.name, blocked.location)]
    counted = _PACKETS.search(blocked.rule)
    if counted and int(counted[1]):
        evidence.append(Evidence(f"it has refused {counted[1]} packets", node.name, blocked.location))
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
        why="A node that hears nobody forms a ring of its own and logs nothing."
        if blocked.incoming
        else "The others hear nothing of it, while it still hears them.",
        evidence=tuple(evidence),
        remedies=(blocked.remedy,) if blocked.remedy else (),
        certain=down or shown or (blocked.certain and bool(counted and int(counted[1]))),
    )


def check_interfaces(context: DiagnosisContext) -> Iterator[Finding]:
    """`interface-down` (faults F15): the address is there, its interface is not up."""
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
                        title=f"bring {interface.name} of {node.name} up",
                        node=node.name,
                        commands=(command("ip", "link", "set", interface.name, "up"),),
                        consequence=f"{node.name} comes back into the ring by itself",
                    ),
                ),
            )


def check_packet_loss(context: DiagnosisContext, explained: Collection[str]) -> Iterator[Finding]:
    """`silent-drop` (faults F05, F03): packets vanish and no explained node is at either end; `link-down` where only
    some links between two nodes are down (F74)."""
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
        f"{name} is not in the ring yet; it and the others hear each other again.",
        node=name,
        why="Links and ring form anew within seconds. Look again.",
        evidence=tuple(_traffic_evidence(context, name)),
        certain=False,
    )


def _silent_drop(context: DiagnosisContext, name: str) -> Finding:
    evidence = _traffic_evidence(context, name)
    if not evidence:
        evidence = [Evidence("all its links are down", name, "stats.knet")]
    evidence.append(Evidence("no rule that refuses them was found", name, "nft list ruleset"))
    if receives_nothing(context, name) and not is_not_heard(context, name):
        way = f"on their way to {name}"
    elif is_not_heard(context, name) and not receives_nothing(context, name):
        way = f"on their way from {name}"
    else:
        way = f"between {name} and the others"
    port = link_port(context, 0)
    return Finding(
        Severity.ERROR,
        "silent-drop",
        f"Packets vanish {way}; no node's firewall drops them.",
        node=name,
        place=f"UDP {port}",
        why="What lies between the nodes drops them: a cloud's security group or network ACL, a switch, a router.",
        evidence=tuple(evidence),
        remedies=(_allow_udp(context, port),),
        certain=has_second_sample(context) and (receives_nothing(context, name) or is_not_heard(context, name)),
    )


def _pair(context: DiagnosisContext, one: str, two: str) -> Finding:
    evidence = [Evidence(f"links to {two} are down", one, "stats.knet")]
    for listener, speaker in ((one, two), (two, one)):
        heard = receives_from(context, listener, speaker)
        if heard is not None:
            evidence.append(Evidence(_heard(listener, speaker, heard), listener, "stats.knet"))
    return Finding(
        Severity.ERROR,
        "silent-drop",
        f"{one} and {two} cannot talk to each other, though both hear the rest.",
        place=f"{one}-{two}",
        why="Totem has no routing: while one pair is apart, the ring cannot hold both.",
        evidence=tuple(evidence),
        remedies=(_allow_udp(context, link_port(context, 0)),),
        certain=len(evidence) > 1,
    )


def _links(context: DiagnosisContext, explained: Collection[str]) -> Iterator[Finding]:
    """Links that are down between two nodes that have another one up."""
    seen: dict[tuple[int, str, str], list[str]] = {}
    for node in context.nodes:
        whole = peers_with_links_down(node)
        for link in node.view.links:
            if not link.connected and link.peer not in whole and node.view.running:
                one, two = sorted((node.name, link.peer))
                seen.setdefault((link.link, one, two), []).append(node.name)
    for (number, one, two), ends in sorted(seen.items()):
        if {one, two} & set(explained):
            continue
        yield Finding(
            Severity.WARNING,
            "link-down",
            f"Link {number} between {one} and {two} is down; another one carries the ring.",
            node=ends[0] if len(ends) == 1 else None,
            place=f"link {number} {one}-{two}",
            why="The redundancy is gone: the next link that fails takes a node out.",
            evidence=tuple(Evidence(f"link {number} is disconnected", name, "stats.knet") for name in ends),
            remedies=(_allow_udp(context, link_port(context, number)),),
            certain=len(ends) == 2,
        )


def _traffic_evidence(context: DiagnosisContext, name: str) -> list[Evidence]:
    """The counters that show who hears whom, as pings that came in between the samples."""
    node = context.node(name)
    seconds = node.seconds_between if node else 0.0
    found: list[Evidence] = []
    for peer in other_nodes(context, name):
        for listener, speaker in ((peer, name), (name, peer)):
            heard = receives_from(context, listener, speaker)
            count = counter_delta(context, listener, speaker, ("rx_ping_packets",))
            if heard is not None:
                words = f"{_heard(listener, speaker, heard)}: rx_ping +{count} in {seconds:.0f} s"
                found.append(Evidence(words, listener, "corosync-cmapctl -m stats"))
    return found[:4]


def _heard(listener: str, speaker: str, heard: bool) -> str:
    return f"{listener} {'hears' if heard else 'does not hear'} {speaker}"


def _allow_udp(context: DiagnosisContext, port: int) -> Remedy:
    groups = {name for node in context.nodes for name in _groups(node)}
    named = f" ({', '.join(sorted(groups))})" if groups else ""
    return Remedy(
        title=f"let UDP {port} pass between the nodes",
        privileged=False,
        manual=f"Allow UDP {port} both ways between all nodes: in the cloud's security group{named} with the group "
        "itself as the source, in its network ACL, on switches and routers between them.",
    )


def _groups(node: NodeEvidence) -> tuple[str, ...]:
    return node.facts.cloud.security_groups if node.facts and node.facts.cloud else ()
