"""Whether a node's own firewall lets the ring's UDP through, and the commands that open it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from corotui.cluster.finding import Evidence, Finding, Remedy, Severity
from corotui.facts.model import Firewall, IpNetwork, NodeFacts
from corotui.facts.virtual import inside_host
from corotui.prerequisites import iptables, nftables, opening
from corotui.prerequisites.corosync import series
from corotui.prerequisites.opening import PORT, SERVICE
from corotui.prerequisites.rules import Fate, Outcome, Packet, run


@dataclass(frozen=True, slots=True)
class Blocked:
    """A place where packets stop. `where` says it in words; `certain` False: they may stop there. `answers_pass`: it is
    stateful, so what comes back between the same two ports passes. `incoming` False: the node's own packets stop."""

    where: str
    rule: str
    certain: bool
    answers_pass: bool
    remedy: Remedy | None
    incoming: bool = True


def findings(facts: Mapping[str, NodeFacts]) -> Iterator[Finding]:
    """`host-firewall` for each node whose firewall stops UDP 5405: an error where the ring cannot form for it.

    knet sends from the port it listens on, so that two nodes open each other's stateful firewall; a ring of corosync 3
    formed so with a policy of drop on all nodes (seen with 3.1.7). udpu, of 1.x and 2.x, sends from other ports.
    """
    for node, told in facts.items():
        number = series(told.corosync.version)
        knet = number is None or number[0] >= 3
        for blocked in blocks(node, facts):
            grave = blocked.certain and not (blocked.answers_pass and knet)
            verb = "stops" if blocked.certain else "may stop"
            yield Finding(
                Severity.ERROR if grave else Severity.WARNING,
                "host-firewall",
                f"The firewall of {node} {verb} UDP {PORT}{' but answers' if blocked.answers_pass else ''}: "
                f"{blocked.where}.",
                node=node,
                place=blocked.where,
                why="With knet each packet is an answer to the other end's, so a ring may form all the same; with udpu "
                "it does not."
                if blocked.answers_pass
                else f"The ring speaks UDP {PORT} (link N: {PORT}+N). A node that hears nobody stays alone, silently.",
                evidence=(Evidence(blocked.rule, node, blocked.where),),
                remedies=(blocked.remedy,) if blocked.remedy else (),
                certain=blocked.certain,
            )


def blocks(node: str, facts: Mapping[str, NodeFacts]) -> tuple[Blocked, ...]:
    """What on a node stops the ring's packets; empty where nothing does, as far as the rules were understood."""
    told = facts[node]
    active = {firewall.tool: firewall for firewall in told.firewalls if firewall.active}
    networks = shared_networks(node, facts)
    packets = _packets(node, facts, networks)
    found: list[Blocked] = []
    if "firewalld" in active:
        found += _firewalld(node, told, active["firewalld"])
    if "ufw" in active:
        found += _ufw(node, active["ufw"], networks)
    if "nftables" in active:
        own = () if "firewalld" not in active else ("firewalld",)
        skip = (*own, "filter") if "ufw" in active else own
        found += _nftables(node, active["nftables"], packets, networks, skip)
    elif "iptables" in active and not found and "ufw" not in active and "firewalld" not in active:
        found += _iptables(node, active["iptables"], packets, networks)
    return tuple(found)


def shared_networks(node: str, facts: Mapping[str, NodeFacts]) -> tuple[IpNetwork, ...]:
    """Networks of the node that another node is in, too."""
    others = {network for name, told in facts.items() if name != node for network in _networks(told)}
    return tuple(network for network in _networks(facts[node]) if network in others)


def _networks(facts: NodeFacts) -> list[IpNetwork]:
    found = [address.network for interface, address in facts.addresses() if not inside_host(interface)]
    return list(dict.fromkeys(found))


def _packets(node: str, facts: Mapping[str, NodeFacts], networks: Sequence[IpNetwork]) -> tuple[Packet, ...]:
    """One incoming packet per shared network; without one, a packet from any of the others' addresses."""
    own = [(interface.name, address) for interface, address in facts[node].addresses() if not inside_host(interface)]
    peers = [address.ip for name, told in facts.items() if name != node for _, address in told.addresses()]
    whole = Packet(
        PORT,
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


def _firewalld(node: str, facts: NodeFacts, firewall: Firewall) -> Iterator[Blocked]:
    used = {interface.name for interface, _ in facts.addresses() if not inside_host(interface)}
    zones = dict(_zones(firewall.rules))
    named = {name for told in zones.values() for name in told.get("interfaces", "").split()}
    for zone, told in zones.items():
        # An interface that no zone names is in the default one.
        carried = used & set(told.get("interfaces", "").split()) | (
            used - named if "default" in told["flags"] else set()
        )
        if not carried or told.get("target") == "ACCEPT" or SERVICE in told.get("services", "").split():
            continue
        if any(_opens(port) for port in told.get("ports", "").split()):
            continue
        rules = told["text"]
        yield Blocked(
            where=f"firewalld zone {zone} ({', '.join(sorted(carried))})",
            rule=f"services: {told.get('services') or 'none'}; ports: {told.get('ports') or 'none'}",
            certain=str(PORT) not in rules and SERVICE not in rules,
            answers_pass=True,
            remedy=opening.firewalld(node, zone),
        )


def _zones(listing: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Zones of `firewall-cmd --list-all-zones`: name -> its keys, `flags` ("default, active") and its whole `text`."""
    for zone in re.split(r"\n(?=\S)", listing.partition("\n")[2].strip()):
        head, _, body = zone.partition("\n")
        name, _, flags = head.partition(" ")
        if name:
            found: dict[str, str] = dict(re.findall(r"^  ([a-z-]+): *(.*)$", body, re.MULTILINE))
            yield name, {**found, "flags": flags, "text": body}


def _opens(port: str) -> bool:
    numbers, _, protocol = port.partition("/")
    first, _, last = numbers.partition("-")
    return protocol == "udp" and first.isdigit() and int(first) <= PORT <= int(last if last.isdigit() else first)


def _ufw(node: str, firewall: Firewall, networks: Sequence[IpNetwork]) -> Iterator[Blocked]:
    default = re.search(r"^Default: (\w+) \(incoming\)", firewall.rules, re.MULTILINE)
    if default is not None and default[1] == "allow":
        return
    rules = [line for line in firewall.rules.split("\n") if _ufw_names_port(line)]
    if any(re.search(r"\bALLOW\b", line) for line in rules):
        return
    yield Blocked(
        where="ufw",
        rule=rules[0].strip() if rules else (default[0] if default else "no rule allows it"),
        certain=default is not None,
        answers_pass=True,
        remedy=opening.ufw(node, networks),
    )


def _ufw_names_port(line: str) -> bool:
    """`5405/udp  ALLOW IN  10.0.0.0/24`, `5404:5412/udp …`, `Anywhere  ALLOW IN  10.0.0.0/24`, also "on eth1"."""
    where = line.partition("  ")[0].strip()
    if where.startswith("Anywhere"):
        return True
    words = where.replace("/", " ").split()
    numbers = [word for word in words if re.fullmatch(r"[0-9:,]+", word)]
    if "tcp" in words or not numbers:
        return False
    ranges = [part.partition(":") for part in numbers[0].split(",") if part]
    return any(
        first.isdigit() and int(first) <= PORT <= int(last if last.isdigit() else first) for first, _, last in ranges
    )


def _nftables(
    node: str, firewall: Firewall, packets: Sequence[Packet], networks: Sequence[IpNetwork], skip: Sequence[str]
) -> Iterator[Blocked]:
    def outcomes(packets: Sequence[Packet]) -> dict[tuple[str, ...], list[Outcome]]:
        found: dict[tuple[str, ...], list[Outcome]] = {}
        for packet in packets:
            for table in nftables.tables(firewall.rules, packet):
                for chain in table.hooked if table.name not in skip else ():
                    found.setdefault(chain.place, []).append(run(chain, table.chains))
        return found

    for incoming in (True, False):
        sent = packets if incoming else tuple(map(_outgoing, packets))
        answers = outcomes([replace(packet, answer=True) for packet in sent])
        for place, first in outcomes(sent).items():
            if all(outcome.may_be_refused for outcome in first):
                yield Blocked(
                    where=f"nftables chain {' '.join(place)}",
                    rule=first[0].fates[Fate.REFUSED],
                    certain=all(outcome.refused for outcome in first),
                    answers_pass=not any(outcome.may_be_refused for outcome in answers[place]),
                    remedy=opening.nft(node, place, networks, incoming=incoming),
                    incoming=incoming,
                )


def _iptables(
    node: str, firewall: Firewall, packets: Sequence[Packet], networks: Sequence[IpNetwork]
) -> Iterator[Blocked]:
    def outcomes(name: str, packets: Sequence[Packet]) -> list[Outcome]:
        tables = (iptables.chains(firewall.rules, packet) for packet in packets)
        return [run(chains[name], chains) for chains in tables if name in chains]

    for name, side in (("INPUT", "-s"), ("OUTPUT", "-d")):
        sent = packets if name == "INPUT" else tuple(map(_outgoing, packets))
        first = outcomes(name, sent)
        if first and all(outcome.may_be_refused for outcome in first):
            answers = outcomes(name, [replace(packet, answer=True) for packet in sent])
            yield Blocked(
                where=f"iptables chain {name}",
                rule=first[0].fates[Fate.REFUSED],
                certain=all(outcome.refused for outcome in first),
                answers_pass=not any(outcome.may_be_refused for outcome in answers),
                remedy=opening.iptables(node, name, side, networks),
                incoming=name == "INPUT",
            )
