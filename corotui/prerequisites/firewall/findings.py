"""Findings about nodes whose own firewall blocks the ring's UDP, with the commands that open it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from corotui.cluster.finding import Evidence, Finding, Remedy, Severity
from corotui.conf.constants import BASE_PORT
from corotui.facts.interface_kinds import is_host_internal
from corotui.facts.model import Firewall, IpNetwork, NodeFacts
from corotui.prerequisites.firewall import iptables, nftables, remedies
from corotui.prerequisites.firewall.remedies import FIREWALLD_SERVICE
from corotui.prerequisites.firewall.rule_engine import FilterOutcome, Packet, PacketVerdict, evaluate


@dataclass(frozen=True, slots=True)
class FirewallBlock:
    """A place where packets are dropped."""

    location: str
    """The place, in words."""
    rule: str
    """The rule that drops them."""
    certain: bool
    """Whether they are certainly dropped; False if only perhaps."""
    replies_pass: bool
    """Whether the firewall is stateful, so that replies between the same two ports pass."""
    remedy: Remedy | None
    """What opens it; None if no command is known."""
    incoming: bool = True
    """Whether incoming packets are dropped; False for the node's own packets."""


def findings(facts: Mapping[str, NodeFacts]) -> Iterator[Finding]:
    """Findings `host-firewall` for nodes whose firewall blocks UDP 5405; an error if the node cannot join the ring.

    knet sends from the port that it listens on. So two nodes open each other's stateful firewall, and a ring of
    corosync 3 forms with a policy of drop on all nodes (seen with 3.1.7). udpu of 1.x and 2.x sends from other ports.
    """
    for node, node_facts in facts.items():
        release = node_facts.corosync.release
        knet = release is None or release.major >= 3
        for blocked in find_blocks(node, facts):
            grave = blocked.certain and not (blocked.replies_pass and knet)
            verb = "stops" if blocked.certain else "may stop"
            yield Finding(
                Severity.ERROR if grave else Severity.WARNING,
                "host-firewall",
                f"The firewall of {node} {verb} UDP {BASE_PORT}{' but answers' if blocked.replies_pass else ''}: "
                f"{blocked.location}.",
                node=node,
                place=blocked.location,
                why="With knet each packet is an answer to the other end's, so a ring may form all the same; with udpu "
                "it does not."
                if blocked.replies_pass
                else f"The ring speaks UDP {BASE_PORT} (link N: {BASE_PORT}+N). A node that hears nobody stays alone, "
                "silently.",
                evidence=(Evidence(blocked.rule, node, blocked.location),),
                remedies=(blocked.remedy,) if blocked.remedy else (),
                certain=blocked.certain,
            )


def find_blocks(node: str, facts: Mapping[str, NodeFacts]) -> tuple[FirewallBlock, ...]:
    """What blocks the ring's packets on a node; empty if nothing does, as far as the rules are understood."""
    node_facts = facts[node]
    active = {firewall.tool: firewall for firewall in node_facts.firewalls if firewall.active}
    networks = shared_networks(node, facts)
    packets = _packets(node, facts, networks)
    blocks: list[FirewallBlock] = []
    if "firewalld" in active:
        blocks += _firewalld(node, node_facts, active["firewalld"])
    if "ufw" in active:
        blocks += _ufw(node, active["ufw"], networks)
    if "nftables" in active:
        own = () if "firewalld" not in active else ("firewalld",)
        skip = (*own, "filter") if "ufw" in active else own
        blocks += _nftables(node, active["nftables"], packets, networks, skip)
    elif "iptables" in active and not blocks and "ufw" not in active and "firewalld" not in active:
        blocks += _iptables(node, active["iptables"], packets, networks)
    return tuple(blocks)


def shared_networks(node: str, facts: Mapping[str, NodeFacts]) -> tuple[IpNetwork, ...]:
    """Networks of the node that another node is in too."""
    others = {network for name, other_facts in facts.items() if name != node for network in _networks(other_facts)}
    return tuple(network for network in _networks(facts[node]) if network in others)


def _networks(facts: NodeFacts) -> list[IpNetwork]:
    networks = [address.network for interface, address in facts.routable_addresses() if not is_host_internal(interface)]
    return list(dict.fromkeys(networks))


def _packets(node: str, facts: Mapping[str, NodeFacts], networks: Sequence[IpNetwork]) -> tuple[Packet, ...]:
    """One incoming packet per shared network; without one, a packet from any address of the other nodes."""
    own = [
        (interface.name, address)
        for interface, address in facts[node].routable_addresses()
        if not is_host_internal(interface)
    ]
    peers = [
        address.ip
        for name, other_facts in facts.items()
        if name != node
        for _, address in other_facts.routable_addresses()
    ]
    whole = Packet(
        BASE_PORT,
        sources=tuple(peers),
        destinations=tuple(address.ip for _, address in own),
        interfaces=frozenset(name for name, _ in own),
    )
    return tuple(
        replace(
            whole,
            sources=tuple(ip for ip in peers if ip in network),
            destinations=tuple(address.ip for _, address in own if address.ip in network),
            interfaces=frozenset(name for name, address in own if address.ip in network),
        )
        for network in networks
    ) or (whole,)


def _outgoing(packet: Packet) -> Packet:
    return replace(packet, sources=packet.destinations, destinations=packet.sources, outgoing=True)


def _firewalld(node: str, facts: NodeFacts, firewall: Firewall) -> Iterator[FirewallBlock]:
    used = {interface.name for interface, _ in facts.routable_addresses() if not is_host_internal(interface)}
    zones = dict(_zones(firewall.rules))
    named = {name for keys in zones.values() for name in keys.get("interfaces", "").split()}
    for zone, keys in zones.items():
        # An interface that no zone names is in the default one.
        carried = used & set(keys.get("interfaces", "").split()) | (
            used - named if "default" in keys["flags"] else set()
        )
        if not carried or keys.get("target") == "ACCEPT" or FIREWALLD_SERVICE in keys.get("services", "").split():
            continue
        if any(_covers_ring_port(port) for port in keys.get("ports", "").split()):
            continue
        rules = keys["text"]
        yield FirewallBlock(
            location=f"firewalld zone {zone} ({', '.join(sorted(carried))})",
            rule=f"services: {keys.get('services') or 'none'}; ports: {keys.get('ports') or 'none'}",
            certain=str(BASE_PORT) not in rules and FIREWALLD_SERVICE not in rules,
            replies_pass=True,
            remedy=remedies.firewalld_remedy(node, zone),
        )


def _zones(listing: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Zones of `firewall-cmd --list-all-zones`: name, and its keys with `flags` ("default, active") and the whole
    `text`.
    """
    for zone in re.split(r"\n(?=\S)", listing.partition("\n")[2].strip()):
        head, _, body = zone.partition("\n")
        name, _, flags = head.partition(" ")
        if name:
            keys: dict[str, str] = dict(re.findall(r"^  ([a-z-]+): *(.*)$", body, re.MULTILINE))
            yield name, {**keys, "flags": flags, "text": body}


def _covers_ring_port(port: str) -> bool:
    numbers, _, protocol = port.partition("/")
    first, _, last = numbers.partition("-")
    return protocol == "udp" and first.isdigit() and int(first) <= BASE_PORT <= int(last if last.isdigit() else first)


def _ufw(node: str, firewall: Firewall, networks: Sequence[IpNetwork]) -> Iterator[FirewallBlock]:
    default = re.search(r"^Default: (\w+) \(incoming\)", firewall.rules, re.MULTILINE)
    if default is not None and default[1] == "allow":
        return
    rules = [line for line in firewall.rules.split("\n") if _ufw_names_port(line)]
    if any(re.search(r"\bALLOW\b", line) for line in rules):
        return
    yield FirewallBlock(
        location="ufw",
        rule=rules[0].strip() if rules else (default[0] if default else "no rule allows it"),
        certain=default is not None,
        replies_pass=True,
        remedy=remedies.ufw_remedy(node, networks),
    )


def _ufw_names_port(line: str) -> bool:
    """Whether a line names the port: `5405/udp  ALLOW IN  10.0.0.0/24`, `5404:5412/udp …`, or no port at all."""
    where = line.partition("  ")[0].strip()
    if where.startswith("Anywhere"):
        return True
    words = where.replace("/", " ").split()
    numbers = [word for word in words if re.fullmatch(r"[0-9:,]+", word)]
    if "tcp" in words or not numbers:
        return False
    ranges = [part.partition(":") for part in numbers[0].split(",") if part]
    return any(
        first.isdigit() and int(first) <= BASE_PORT <= int(last if last.isdigit() else first)
        for first, _, last in ranges
    )


def _nftables(
    node: str, firewall: Firewall, packets: Sequence[Packet], networks: Sequence[IpNetwork], skip: Sequence[str]
) -> Iterator[FirewallBlock]:
    def outcomes(packets: Sequence[Packet]) -> dict[tuple[str, ...], list[FilterOutcome]]:
        by_chain: dict[tuple[str, ...], list[FilterOutcome]] = {}
        for packet in packets:
            for table in nftables.parse_tables(firewall.rules, packet):
                for chain in table.base_chains if table.name not in skip else ():
                    by_chain.setdefault(chain.path, []).append(evaluate(chain, table.chains))
        return by_chain

    for incoming in (True, False):
        sent = packets if incoming else tuple(map(_outgoing, packets))
        answers = outcomes([replace(packet, is_reply=True) for packet in sent])
        for place, first in outcomes(sent).items():
            if all(outcome.may_be_refused for outcome in first):
                yield FirewallBlock(
                    location=f"nftables chain {' '.join(place)}",
                    rule=first[0].deciding_rules[PacketVerdict.REFUSED],
                    certain=all(outcome.refused for outcome in first),
                    replies_pass=not any(outcome.may_be_refused for outcome in answers[place]),
                    remedy=remedies.nft_remedy(node, place, networks, incoming=incoming),
                    incoming=incoming,
                )


def _iptables(
    node: str, firewall: Firewall, packets: Sequence[Packet], networks: Sequence[IpNetwork]
) -> Iterator[FirewallBlock]:
    def outcomes(name: str, packets: Sequence[Packet]) -> list[FilterOutcome]:
        tables = (iptables.parse_chains(firewall.rules, packet) for packet in packets)
        return [evaluate(chains[name], chains) for chains in tables if name in chains]

    for name, side in (("INPUT", "-s"), ("OUTPUT", "-d")):
        sent = packets if name == "INPUT" else tuple(map(_outgoing, packets))
        first = outcomes(name, sent)
        if first and all(outcome.may_be_refused for outcome in first):
            answers = outcomes(name, [replace(packet, is_reply=True) for packet in sent])
            yield FirewallBlock(
                location=f"iptables chain {name}",
                rule=first[0].deciding_rules[PacketVerdict.REFUSED],
                certain=all(outcome.refused for outcome in first),
                replies_pass=not any(outcome.may_be_refused for outcome in answers),
                remedy=remedies.iptables_remedy(node, name, side, networks),
                incoming=name == "INPUT",
            )
