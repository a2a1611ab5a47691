"""Findings about names and networks: names on loopback, unknown or ambiguous names, different MTUs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from corotui.cluster.finding import ALIKE_WHY, NAMES_ALIKE, Evidence, Finding, Remedy, Severity, by_severity
from corotui.cluster.phrasing import format_list
from corotui.cluster.quoting import command
from corotui.cluster.text.lookalikes import alike_sentences
from corotui.conf.constants import BASE_PORT
from corotui.facts.model import IpAddress, NodeFacts
from corotui.network.etc_hosts import own_name_remedy, peer_names_remedy
from corotui.network.link_proposals import propose_links
from corotui.network.model import LinkProposal

_LOCAL_NAMES = frozenset({"localhost", "localhost.localdomain", "localhost6", "ip6-localhost", "ip6-loopback"})


def findings(facts: Mapping[str, NodeFacts]) -> tuple[Finding, ...]:
    """All findings about names and networks of these nodes, worst first."""
    proposals = propose_links(facts)
    addresses = next((proposal.addresses() for proposal in proposals if proposal.usable), {})
    return by_severity(
        [
            *_on_loopback(facts, addresses),
            *_unresolved(facts, addresses),
            *_conflicting_names(facts),
            *_names_alike(facts),
            *_links(facts, proposals),
            *(finding for proposal in proposals for finding in _link(proposal)),
        ]
    )


def _on_loopback(facts: Mapping[str, NodeFacts], addresses: Mapping[str, str]) -> Iterator[Finding]:
    """A node whose host name, or name in the cluster, resolves to loopback there.

    corosync binds to the address that its name resolves to.
    """
    for node, node_facts in facts.items():
        for name, answers in ((node_facts.hostname, node_facts.own_name), (node, node_facts.resolves.get(node, ()))):
            looped = [answer for answer in answers if answer.is_loopback]
            if not looped or name.lower() in _LOCAL_NAMES:
                continue
            short = name.partition(".")[0]
            full = node_facts.fqdn if node_facts.fqdn.partition(".")[0] == short else ""
            names = [word for word in dict.fromkeys((full, name, short)) if word and word not in _LOCAL_NAMES]
            address = addresses.get(node, "")
            yield Finding(
                Severity.WARNING,
                "name-on-loopback",
                f"{name} means {looped[0]} on {node} itself.",
                node=node,
                place=name,
                why="Where corosync.conf has names for addresses, corosync binds there and stays alone, silently.",
                evidence=tuple(Evidence(str(answer), node, command("getent", "ahosts", name)) for answer in answers),
                remedies=(own_name_remedy(node, names, address),) if address else (),
            )
            break


def _unresolved(facts: Mapping[str, NodeFacts], addresses: Mapping[str, str]) -> Iterator[Finding]:
    """Nodes that cannot resolve the names of other nodes. Only names that were asked for count."""
    for node, node_facts in facts.items():
        unknown = [name for name, answers in node_facts.resolves.items() if not answers and name in facts]
        if unknown:
            known = {name: addresses[name] for name in unknown if name in addresses}
            yield Finding(
                Severity.INFO,
                "name-unresolved",
                f"{node} does not know the {'name' if len(unknown) == 1 else 'names'} {format_list(unknown)}.",
                node=node,
                place=" ".join(unknown),
                why="It matters only where corosync.conf names nodes instead of addresses; corotui writes addresses.",
                remedies=(peer_names_remedy(node, known),) if known else (),
            )


def _names_alike(facts: Mapping[str, NodeFacts]) -> Iterator[Finding]:
    """Names of nodes, and of their interfaces, that an operator could take for each other."""
    hosts = [name for node, node_facts in facts.items() for name in (node, node_facts.hostname) if name]
    interfaces = [each.name for node_facts in facts.values() for each in node_facts.interfaces]
    for sentence in (
        *alike_sentences(hosts, "Names of nodes"),
        *alike_sentences(dict.fromkeys(interfaces), "Names of network interfaces"),
    ):
        yield Finding(Severity.WARNING, NAMES_ALIKE, sentence, why=ALIKE_WHY)


def _conflicting_names(facts: Mapping[str, NodeFacts]) -> Iterator[Finding]:
    """Names that resolve to no common address on two nodes. Loopback answers do not count."""
    names = dict.fromkeys(name for node_facts in facts.values() for name in node_facts.resolves)
    for name in names:
        answers: dict[str, frozenset[IpAddress]] = {}
        for node, node_facts in facts.items():
            real = frozenset(answer for answer in node_facts.resolves.get(name, ()) if not answer.is_loopback)
            if real:
                answers[node] = real
        apart = [
            (one, other)
            for at, one in enumerate(answers)
            for other in list(answers)[at + 1 :]
            if answers[one].isdisjoint(answers[other])
        ]
        if apart:
            yield Finding(
                Severity.WARNING,
                "name-differs",
                f"{name} means different addresses on {apart[0][0]} and {apart[0][1]}.",
                place=name,
                why="With that name in corosync.conf some pairs of nodes would connect and others not.",
                evidence=tuple(
                    Evidence(", ".join(sorted(map(str, addresses_seen))), node, command("getent", "ahosts", name))
                    for node, addresses_seen in answers.items()
                ),
                remedies=(
                    Remedy("let it mean the same everywhere", manual="Look at /etc/hosts and DNS of the nodes."),
                ),
            )


def _links(facts: Mapping[str, NodeFacts], proposals: Sequence[LinkProposal]) -> Iterator[Finding]:
    usable = [proposal for proposal in proposals if proposal.usable]
    if len(facts) > 1 and not usable:
        yield Finding(
            Severity.ERROR,
            "no-common-network",
            "There is no network that every node has a usable address in.",
            evidence=tuple(Evidence(f"{proposal.network}: {proposal.reason}") for proposal in proposals[:8]),
            remedies=(
                Remedy("give each node an address in one network", manual="Or choose addresses that reach each other."),
            ),
        )
    if len(usable) == 1 and usable[0].reason.startswith("no subnet"):
        yield Finding(
            Severity.INFO,
            "link-is-routed",
            "The nodes are in different subnets; the link's packets pass a router.",
            evidence=tuple(Evidence(note) for note in usable[0].notes),
            why=f"It works where the router and the firewalls between them let UDP {BASE_PORT} pass both ways.",
        )


def _link(proposal: LinkProposal) -> Iterator[Finding]:
    network = str(proposal.network)
    if _has_duplicate_address(proposal):
        yield Finding(
            Severity.ERROR,
            "address-twice",
            f"{proposal.reason}.",
            place=network,
            why="Answers go to one of them or the other.",
            evidence=tuple(
                Evidence(f"{end.interface} {end.address}", end.node, "ip addr") for end in proposal.endpoints
            ),
        )
    if not proposal.missing:
        yield from _down(proposal)
    mtus = {end.mtu for end in proposal.endpoints if end.mtu is not None}
    if len(mtus) > 1 and proposal.usable:
        listed = ", ".join(f"{end.node} {end.mtu}" for end in proposal.endpoints)
        yield Finding(
            Severity.WARNING,
            "mtu-differs",
            f"The MTU differs in {network}: {listed}.",
            place=network,
            why="Large packets get lost one way; corosync may hang without an error.",
            evidence=tuple(
                Evidence(f"{end.interface} mtu {end.mtu}", end.node, "ip link") for end in proposal.endpoints
            ),
            remedies=(
                Remedy(
                    "give all the same MTU",
                    manual=f"Set MTU {min(mtus)} on all of them, in the file that configures the interface, too.",
                ),
            ),
        )


def _has_duplicate_address(proposal: LinkProposal) -> bool:
    return len({end.address for end in proposal.endpoints}) < len(proposal.endpoints)


def _down(proposal: LinkProposal) -> Iterator[Finding]:
    for end in proposal.endpoints:
        if end.up is False:
            yield Finding(
                Severity.WARNING,
                "interface-down",
                f"{end.interface} of {end.node} is down; {proposal.network} cannot be a link.",
                node=end.node,
                place=end.interface,
                evidence=(Evidence(f"{end.interface} is down", end.node, "ip link"),),
                remedies=(
                    Remedy(
                        f"bring {end.interface} up on {end.node}",
                        end.node,
                        (command("ip", "link", "set", "dev", end.interface, "up"),),
                        consequence="Until the next boot; what configures the interface decides then.",
                    ),
                ),
            )
