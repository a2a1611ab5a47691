"""Proposes links: the subnets that the nodes share, checked and ranked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from corotui.cluster.phrasing import format_list
from corotui.facts.interface_kinds import is_host_internal, is_tunnel
from corotui.facts.model import Address, Interface, IpNetwork, NodeFacts
from corotui.network.model import Endpoint, LinkProposal

RECOMMENDED_LINKS = 2
"""Number of links that are used unless the operator chooses: one, and a second one if other interfaces carry it."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An address that may become a node's end of a link."""

    node: str
    """Name of the node."""
    interface: Interface
    """The interface that has the address."""
    address: Address
    """The address."""

    @property
    def endpoint(self) -> Endpoint:
        """The candidate as an end of a link."""
        return Endpoint(self.node, self.interface.name, self.address.ip, self.interface.mtu, self.interface.up)


def propose_links(facts: Mapping[str, NodeFacts]) -> tuple[LinkProposal, ...]:
    """Every subnet that a node is in, as a possible link, best first.

    Usable subnets come before others, then real interfaces before tunnels, the subnet of the default routes, IPv4
    before IPv6, and the lowest number. Bridges that end on the host are left out unless nothing else is usable. If no
    subnet is common to all nodes, the addresses on the default routes make one link through a router.
    """
    proposals = _proposals(facts, host_bridges=False)
    if not any(proposal.usable for proposal in proposals):
        proposals = _proposals(facts, host_bridges=True)
    return _recommend(sorted(proposals, key=lambda proposal: _rank(proposal, facts)), facts)


def _proposals(facts: Mapping[str, NodeFacts], *, host_bridges: bool) -> list[LinkProposal]:
    groups: dict[IpNetwork, list[_Candidate]] = {}
    alone: list[_Candidate] = []
    for node, node_facts in facts.items():
        for candidate in _candidates(node, node_facts, host_bridges=host_bridges):
            network = candidate.address.network
            if network.prefixlen == network.max_prefixlen:
                alone.append(candidate)
            else:
                groups.setdefault(network, []).append(candidate)
    proposals = [_evaluate_subnet(network, group, tuple(facts)) for network, group in groups.items()]
    if not any(proposal.usable for proposal in proposals):
        routed = _routed([*alone, *(candidate for group in groups.values() for candidate in group)], facts)
        proposals += [routed] if routed else []
    return proposals


def _candidates(node: str, facts: NodeFacts, *, host_bridges: bool) -> Iterator[_Candidate]:
    for interface, address in facts.routable_addresses():
        ip = address.ip
        if (host_bridges or not is_host_internal(interface)) and not (ip.is_multicast or ip.is_unspecified):
            yield _Candidate(node, interface, address)


def _evaluate_subnet(network: IpNetwork, group: Sequence[_Candidate], nodes: tuple[str, ...]) -> LinkProposal:
    """The proposal for one subnet: the address that each node uses, what speaks against it, and notes."""
    chosen: list[_Candidate] = []
    notes: list[str] = []
    for node in nodes:
        own = [candidate for candidate in group if candidate.node == node]
        if own:
            best = min(own, key=_preference)
            chosen.append(best)
            notes += _ambiguity_notes(best, own)
    missing = tuple(node for node in nodes if node not in {candidate.node for candidate in chosen})
    reason = _why_unusable(chosen, missing)
    mtus = {candidate.node: candidate.interface.mtu for candidate in chosen if candidate.interface.mtu is not None}
    if len(set(mtus.values())) > 1:
        notes.append("MTU differs: " + ", ".join(f"{node} {mtu}" for node, mtu in mtus.items()))
    if network.version == 4 and network.prefixlen == 31:
        notes.append("a /31 has room for two nodes only")
    if any(is_tunnel(candidate.interface) for candidate in chosen):
        notes.append("a tunnel: it fails with the network under it")
    if any(is_host_internal(candidate.interface) for candidate in chosen):
        notes.append("a bridge for containers or guests: other machines are usually not behind it")
    return LinkProposal(
        network=network,
        endpoints=tuple(candidate.endpoint for candidate in chosen),
        missing=missing,
        usable=not reason,
        reason=reason or "every node has it",
        notes=tuple(notes),
    )


def _preference(candidate: _Candidate) -> tuple[bool, bool, bool]:
    """Sort key: up or unknown before down, lasting addresses before secondary ones, up before unknown.

    Addresses with the same key keep the node's order.
    """
    return candidate.interface.up is False, candidate.address.secondary, candidate.interface.up is None


def _ambiguity_notes(best: _Candidate, own: Sequence[_Candidate]) -> Iterator[str]:
    others = [candidate for candidate in own if candidate is not best]
    if others:
        words = ", ".join(f"{other.address.ip} ({other.interface.name})" for other in others)
        yield f"{best.node} has {len(own)} addresses in it: {best.address.ip} is taken, not {words}"
    if {other.interface.name for other in others} - {best.interface.name}:
        yield f"{best.node} is in it with more than one interface: answers may leave by the other one"


def _why_unusable(chosen: Sequence[_Candidate], missing: tuple[str, ...]) -> str:
    """Why these ends make no link, or "" if they do."""
    holders = Counter(candidate.address.ip for candidate in chosen)
    for ip, count in holders.items():
        if count > 1:
            nodes = [candidate.node for candidate in chosen if candidate.address.ip == ip]
            return f"{format_list(nodes)} have the same address {ip}"
    if missing:
        return f"{format_list(missing)} {'has' if len(missing) == 1 else 'have'} no address in it"
    down = [candidate for candidate in chosen if candidate.interface.up is False]
    if down:
        return format_list([f"{candidate.interface.name} on {candidate.node}" for candidate in down]) + (
            " is down" if len(down) == 1 else " are down"
        )
    return ""


def _routed(candidates: Sequence[_Candidate], facts: Mapping[str, NodeFacts]) -> LinkProposal | None:
    """A link over the interfaces with the default routes, all of one family; None if a node has no such address."""
    for version in (4, 6):
        chosen: list[_Candidate] = []
        for node, node_facts in facts.items():
            own = [
                candidate
                for candidate in candidates
                if candidate.node == node
                and candidate.address.ip.version == version
                and candidate.interface.up is not False
                and candidate.interface.name == _default_interface(node_facts)
            ]
            chosen += [min(own, key=_preference)] if own else []
        if len(facts) < 2 or len(chosen) < len(facts) or _why_unusable(chosen, ()):
            continue
        where = ", ".join(f"{candidate.node} {candidate.address.network}" for candidate in chosen)
        return LinkProposal(
            network=_covering_network(chosen),
            endpoints=tuple(candidate.endpoint for candidate in chosen),
            reason="no subnet is common, packets pass a router",
            notes=(f"subnets: {where}",),
        )
    return None


def _covering_network(chosen: Sequence[_Candidate]) -> IpNetwork:
    """The smallest network that holds all these addresses."""
    network: IpNetwork = chosen[0].address.network
    while any(candidate.address.ip not in network for candidate in chosen):
        network = network.supernet()
    return network


def _default_interface(facts: NodeFacts) -> str:
    return facts.default_route.rpartition("dev ")[2]


def _rank(proposal: LinkProposal, facts: Mapping[str, NodeFacts]) -> tuple[object, ...]:
    return (
        not proposal.usable,
        any(note.startswith(("a tunnel", "a bridge")) for note in proposal.notes),
        -sum(end.interface == _default_interface(facts[end.node]) for end in proposal.endpoints),
        len(proposal.missing),
        proposal.network.version,
        int(proposal.network.network_address),
        proposal.network.prefixlen,
    )


def _recommend(proposals: Sequence[LinkProposal], facts: Mapping[str, NodeFacts]) -> tuple[LinkProposal, ...]:
    """Marks the links that are used by default, and notes on usable ones which link they would fail together with."""
    taken: list[LinkProposal] = []
    marked: list[LinkProposal] = []
    for proposal in proposals:
        if not proposal.usable:
            marked.append(proposal)
            continue
        shared = next((str(other.network) for other in taken if _shares_interface(proposal, other, facts)), "")
        if shared:
            note = f"same interface as {shared}: both fail together"
            marked.append(replace(proposal, notes=(*proposal.notes, note)))
        elif len(taken) < RECOMMENDED_LINKS and not any(other.network.overlaps(proposal.network) for other in taken):
            taken.append(proposal)
            marked.append(replace(proposal, recommended=True))
        else:
            marked.append(proposal)
    return tuple(marked)


def _shares_interface(one: LinkProposal, other: LinkProposal, facts: Mapping[str, NodeFacts]) -> bool:
    """Whether two links use one interface on any node, directly or as VLANs of it."""
    carriers = {end.node: _underlying_interface(facts[end.node], end.interface) for end in other.endpoints}
    return any(carriers.get(end.node) == _underlying_interface(facts[end.node], end.interface) for end in one.endpoints)


def _underlying_interface(facts: NodeFacts, name: str) -> str:
    parents = {interface.name: interface.parent for interface in facts.interfaces}
    seen = {name}
    while (parent := parents.get(name, "")) and parent not in seen:
        seen.add(parent)
        name = parent
    return name
