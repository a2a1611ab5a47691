"""Which node receives packets from which, by two samples of knet's counters on both ends."""

from __future__ import annotations

from collections.abc import Iterable

from corotui.doctor.context import DiagnosisContext
from corotui.doctor.evidence import NodeEvidence

_RECEIVED = ("rx_ping_packets", "rx_pong_packets")


def receives_from(context: DiagnosisContext, receiver: str, sender: str) -> bool | None:
    """Whether pings or pongs of `sender` arrived at `receiver` between the samples; None where that is not known, or
    where `sender` sent none meanwhile."""
    received = counter_delta(context, receiver, sender, _RECEIVED)
    sent = counter_delta(context, sender, receiver, ("tx_ping_packets",))
    if received is None or sent is None:
        return None
    return True if received > 0 else None if sent <= 0 else False


def counter_delta(context: DiagnosisContext, node: str, peer: str, names: Iterable[str]) -> int | None:
    """By how much a node's counters about a peer grew between the samples, summed over links; None without two."""
    evidence, peer_id = context.node(node), context.node_ids.get(peer)
    if evidence is None or evidence.counters_later is None or peer_id is None:
        return None
    links = [key for key in evidence.counters_later if key[0] == peer_id and key in evidence.counters]
    if not links:
        return None
    return sum(
        evidence.counters_later[key].get(name, 0) - evidence.counters[key].get(name, 0)
        for key in links
        for name in names
    )


def other_nodes(context: DiagnosisContext, name: str) -> tuple[str, ...]:
    """The names of all nodes but one."""
    return tuple(node.name for node in context.nodes if node.name != name)


def receives_nothing(context: DiagnosisContext, name: str) -> bool:
    """Whether a node receives nothing from any node that sends to it, while at least one does send."""
    answers = [
        answer for peer in other_nodes(context, name) if (answer := receives_from(context, name, peer)) is not None
    ]
    return bool(answers) and not any(answers)


def is_not_heard(context: DiagnosisContext, name: str) -> bool:
    """Whether no node receives anything from a node that does send."""
    answers = [
        answer for peer in other_nodes(context, name) if (answer := receives_from(context, peer, name)) is not None
    ]
    return bool(answers) and not any(answers)


def has_recovered(context: DiagnosisContext, name: str) -> bool:
    """Whether a node and all others that run receive from each other again, so that the ring only has to form."""
    running = [node.name for node in context.nodes if node.name != name and node.view.running and not node.view.hung]
    return bool(running) and all(
        receives_from(context, name, peer) and receives_from(context, peer, name) for peer in running
    )


def peers_with_links_down(node: NodeEvidence) -> frozenset[str]:
    """Names of the peers to which all links of a node are down, as the node itself sees them."""
    if not node.view.running or node.view.hung:
        return frozenset()
    states: dict[str, bool] = {}
    for link in node.view.links:
        states[link.peer] = states.get(link.peer, False) or link.connected
    return frozenset(peer for peer, up in states.items() if not up)


def is_cut_off(context: DiagnosisContext, name: str) -> bool:
    """Whether all links of a node to every other running node are down, as either end sees them."""
    node = context.node(name)
    if node is None or not node.view.running:
        return False
    running = [other for other in context.nodes if other.name != name and other.view.running and not other.view.hung]
    own = peers_with_links_down(node)
    return bool(running) and all(other.name in own or name in peers_with_links_down(other) for other in running)


def has_second_sample(context: DiagnosisContext) -> bool:
    """Whether the counters were sampled a second time."""
    return any(node.counters_later is not None for node in context.nodes)
