"""Whether a node's own firewall lets the ring's UDP through, and the commands that open it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from corotui.cluster.finding import Evidence, Finding, Remedy, Severity
from corotui.cluster.shell import command, quote
from corotui.facts.model import Firewall, IpNetwork, NodeFacts
from corotui.facts.virtual import inside_host
from corotui.prerequisites import iptables, nftables
from corotui.prerequisites.rules import Chain, Fate, Outcome, Packet, run

PORT = 5405
"""UDP port of link 0; link N has 5405+N (man 5 corosync.conf, knet; corosync 3)."""

PORTS = (PORT, PORT + 7)
SERVICE = "high-availability"
"""firewalld's own service: udp 5404-5405, and tcp 2224, 3121, 5403, 21064 for pcsd, pacemaker_remote, qnetd and dlm."""

_MARK = "corotui ring"


@dataclass(frozen=True, slots=True)
class Blocked:
    """A place where packets stop. `where` says it in words; `certain` False: they may stop there. `incoming` False: the
    node's own packets on their way out."""

    where: str
    rule: str
    certain: bool
    remedy: Remedy | None
    incoming: bool = True


def findings(facts: Mapping[str, NodeFacts]) -> Iterator[Finding]:
    """`host-firewall` for each node whose firewall stops UDP 5405 from the others (error), or may (warning)."""
    for node in facts:
        for blocked in blocks(node, facts):
            sure = blocked.certain
            yield Finding(
                Severity.ERROR if sure else Severity.WARNING,
                "host-firewall",
                f"The firewall of {node} {'stops' if sure else 'may stop'} UDP {PORT}: {blocked.where}.",
                node=node,
                place=blocked.where,
                why=f"The ring speaks UDP {PORT} (link N: {PORT}+N). A node that hears nobody stays alone, silently.",
                evidence=(Evidence(blocked.rule, node, blocked.where),),
                remedies=(blocked.remedy,) if blocked.remedy else (),
                certain=sure,
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
    for zone in re.split(r"\n(?=\S)", firewall.rules.partition("\n")[2].strip()):
        head, _, body = zone.partition("\n")
        name = head.partition(" ")[0]
        told = dict(re.findall(r"^  ([a-z-]+): *(.*)$", body, re.MULTILINE))
        carried = sorted(used & set(told.get("interfaces", "").split()))
        if not carried or told.get("target") == "ACCEPT" or SERVICE in told.get("services", "").split():
            continue
        if any(_opens(port) for port in told.get("ports", "").split()):
            continue
        certain = not any(str(PORT) in line or SERVICE in line for line in body.split("\n"))
        services = told.get("services", "") or "none"
        yield Blocked(
            where=f"firewalld zone {name} ({', '.join(carried)})",
            rule=f"services: {services}; ports: {told.get('ports', '') or 'none'}",
            certain=certain,
            remedy=_firewalld_remedy(node, name),
        )


def _opens(port: str) -> bool:
    numbers, _, protocol = port.partition("/")
    first, _, last = numbers.partition("-")
    return protocol == "udp" and first.isdigit() and int(first) <= PORT <= int(last if last.isdigit() else first)


def _firewalld_remedy(node: str, zone: str) -> Remedy:
    ports = f"{PORT + 1}-{PORTS[1]}/udp"
    commands = tuple(
        command("firewall-cmd", *permanent, f"--zone={zone}", f"--add-service={SERVICE}", f"--add-port={ports}")
        for permanent in ((), ("--permanent",))
    )
    return Remedy(
        f"open UDP {PORT}-{PORTS[1]} in zone {zone} on {node}",
        node,
        commands,
        consequence=f"The service covers UDP {PORT} and cluster ports of TCP; links 1 to 7 use {PORT + 1}-{PORTS[1]}.",
        verify=command("firewall-cmd", f"--zone={zone}", f"--query-service={SERVICE}"),
    )


def _ufw(node: str, firewall: Firewall, networks: Sequence[IpNetwork]) -> Iterator[Blocked]:
    default = re.search(r"^Default: (\w+) \(incoming\)", firewall.rules, re.MULTILINE)
    if default is not None and default[1] == "allow":
        return
    rules = [line for line in firewall.rules.split("\n") if _ufw_names_port(line)]
    if any(re.search(r"\bALLOW\b", line) for line in rules):
        return
    sources = [("from", str(network)) for network in networks] or [("from", "any")]
    port = f"{PORT}:{PORTS[1]}"
    yield Blocked(
        where="ufw",
        rule=rules[0].strip() if rules else (default[0] if default else "no rule allows it"),
        certain=default is not None,
        remedy=Remedy(
            f"open UDP {PORT}-{PORTS[1]} in ufw on {node}",
            node,
            tuple(command("ufw", "allow", "proto", "udp", *source, "to", "any", "port", port) for source in sources),
            consequence="Only from the networks of the other nodes." if networks else "",
        ),
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
    for direction in ("in", "out"):
        seen: dict[tuple[str, ...], list[Outcome]] = {}
        for packet in packets if direction == "in" else map(_outgoing, packets):
            for table in nftables.tables(firewall.rules, packet):
                for chain in table.hooked if table.name not in skip else ():
                    seen.setdefault(chain.place, []).append(run(chain, table.chains))
        for place, outcomes in seen.items():
            if all(outcome.may_be_refused for outcome in outcomes):
                yield Blocked(
                    where=f"nftables chain {' '.join(place)}",
                    rule=outcomes[0].fates[Fate.REFUSED],
                    certain=all(outcome.refused for outcome in outcomes),
                    remedy=_nft_remedy(node, place, networks, incoming=direction == "in"),
                    incoming=direction == "in",
                )


def _nft_remedy(node: str, place: tuple[str, ...], networks: Sequence[IpNetwork], *, incoming: bool) -> Remedy | None:
    family, table, chain = place
    if not all(re.fullmatch(r"[\w.-]+", word) for word in place):
        return None
    wanted = [network for network in networks if family in ("inet", "ip" if network.version == 4 else "ip6")]
    side = "saddr" if incoming else "daddr"
    matches = [f"{'ip' if network.version == 4 else 'ip6'} {side} {network} " for network in wanted] or [""]
    rules = [
        f'{family} {table} {chain} {match}udp dport {PORTS[0]}-{PORTS[1]} accept comment "{_MARK}"' for match in matches
    ]
    listed = command("nft", "list", "chain", family, table, chain)
    there = f"{listed} | grep -q {quote(_MARK)}"
    live = f"{there} || {{ " + " && ".join(command("nft", f"insert rule {rule}") for rule in rules) + "; }"
    kept = "\n".join(f"insert rule {rule}" for rule in rules)
    return Remedy(
        f"let UDP {PORTS[0]}-{PORTS[1]} {'in' if incoming else 'out'} at nftables chain {chain} on {node}",
        node,
        (live, _keep(table, kept)),
        consequence="Kept over a restart where the table comes from nftables.conf.",
        verify=there,
    )


def _keep(table: str, rules: str) -> str:
    """Adds the rules behind the tables in the file that nftables.service loads, once, with a copy of the old file."""
    first = rules.partition("\n")[0]
    return (
        "for file in /etc/nftables.conf /etc/sysconfig/nftables.conf; do "
        f"if [ -f $file ] && grep -q {quote(f'^table .*{table}')} $file && ! grep -qF {quote(first)} $file; "
        f"then cp -p $file $file.corotui && printf '%s\\n' {quote(rules)} >>$file; fi; done"
    )


def _iptables(
    node: str, firewall: Firewall, packets: Sequence[Packet], networks: Sequence[IpNetwork]
) -> Iterator[Blocked]:
    for name, side in (("INPUT", "-s"), ("OUTPUT", "-d")):
        outcomes: list[Outcome] = []
        for packet in packets:
            chains: Mapping[str, Chain] = iptables.chains(
                firewall.rules, packet if name == "INPUT" else _outgoing(packet)
            )
            if name in chains:
                outcomes.append(run(chains[name], chains))
        if outcomes and all(outcome.may_be_refused for outcome in outcomes):
            yield Blocked(
                where=f"iptables chain {name}",
                rule=outcomes[0].fates[Fate.REFUSED],
                certain=all(outcome.refused for outcome in outcomes),
                remedy=_iptables_remedy(node, name, side, networks),
                incoming=name == "INPUT",
            )


def _iptables_remedy(node: str, chain: str, side: str, networks: Sequence[IpNetwork]) -> Remedy:
    limits: list[tuple[str, ...]] = [(side, str(network)) for network in networks if network.version == 4] or [()]
    lines = []
    for limit in limits:
        rule = (chain, *limit, "-p", "udp", "--dport", f"{PORTS[0]}:{PORTS[1]}", "-j", "ACCEPT")
        lines.append(f"{command('iptables', '-C', *rule)} 2>/dev/null || {command('iptables', '-I', *rule)}")
    save = (
        "if command -v netfilter-persistent >/dev/null; then netfilter-persistent save; "
        "elif [ -x /etc/init.d/iptables ]; then service iptables save; fi"
    )
    return Remedy(
        f"let UDP {PORTS[0]}-{PORTS[1]} through iptables chain {chain} on {node}",
        node,
        (*lines, save),
        consequence="Kept over a restart where netfilter-persistent or the iptables service is there.",
    )
