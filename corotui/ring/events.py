"""Finds what changed from one state of the ring to the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from corotui.cluster.finding import Severity
from corotui.cluster.limits import MAX_LISTED, MAX_PATHS, joined
from corotui.cluster.phrasing import format_count
from corotui.ring.model import NodeView, Ring, RingEvent
from corotui.ring.partition import Partition, answering_views, partitions

LinkEnds = tuple[int, str, str]
"""Number of a link and the names of its two nodes, in alphabetical order."""
_MAX_LINK_ENDS = 4 * MAX_PATHS
"""Links whose last state is remembered."""


class ChangeTracker:
    """Compares each ring with what was last known, so that a node that is silent for a while is no change by itself."""

    def __init__(self) -> None:
        self._ring: Ring | None = None
        self._partition: Partition | None = None
        self._quorate: bool | None = None
        self._links: dict[LinkEnds, bool] = {}
        self._token_losses: dict[str, int] = {}

    def update(self, ring: Ring, at: float) -> tuple[RingEvent, ...]:
        """Returns the changes from the last ring to this one, causes before effects; none for the first ring."""
        previous, self._ring = self._ring, ring
        partition = main_partition(ring.nodes)
        links = link_states(ring.nodes)
        events: list[RingEvent] = []
        if previous is not None:
            moved = _changed_members(self._partition, partition)
            events += self._node_events(previous, ring, at)
            events += self._link_events(links, moved, ring.nodes, at)
            events += self._membership_events(partition, ring, at)
            events += self._quorum_events(ring, at)
        if partition is not None:
            self._quorate = ring.quorate
        # The token is lost some seconds before a new ring forms without the node: compare over the life of a ring.
        losses = _token_losses(ring.nodes)
        formed = partition is not None and (self._partition is None or partition.ring_id != self._partition.ring_id)
        self._token_losses = {**self._token_losses, **losses} if formed else {**losses, **self._token_losses}
        self._partition = partition or self._partition
        self._links |= links
        if len(self._links) > _MAX_LINK_ENDS:  # a node names other peers each time
            self._links = links
        return tuple(events)

    def _node_events(self, previous: Ring, ring: Ring, at: float) -> list[RingEvent]:
        old_views = {view.name: view for view in previous.nodes}
        events: list[RingEvent] = []
        for view in ring.nodes:
            old = old_views.get(view.name)
            if old is None:
                continue
            if old.reachable and not view.reachable:
                events.append(
                    RingEvent(at, f"{view.name} cannot be reached", Severity.WARNING, view.name, detail=view.error)
                )
            elif view.reachable and not old.reachable:
                events.append(RingEvent(at, f"{view.name} answers", Severity.INFO, view.name))
            elif view.reachable and view.hung and not old.hung:
                events.append(RingEvent(at, f"corosync hangs on {view.name}", Severity.ERROR, view.name, view.error))
            elif view.reachable and old.hung and not view.hung:
                events.append(RingEvent(at, f"corosync answers again on {view.name}", Severity.INFO, view.name))
            elif view.reachable and old.running and not view.running:
                events.append(
                    RingEvent(at, f"corosync stopped on {view.name}", Severity.WARNING, view.name, view.error)
                )
            elif view.reachable and view.running and not old.running:
                events.append(RingEvent(at, f"corosync runs on {view.name}", Severity.INFO, view.name))
        return events

    def _link_events(
        self, links: Mapping[LinkEnds, bool], moved: frozenset[str], views: tuple[NodeView, ...], at: float
    ) -> list[RingEvent]:
        counted = {link.link for view in views for link in view.links if link.down_count is not None}
        changed = {
            pair: up
            for pair, up in links.items()
            if pair in self._links
            and self._links[pair] != up
            and (pair[0] in counted or not moved & set(pair[1:]))  # without a count it only repeats the membership
        }
        down = _grouped([pair for pair, up in changed.items() if not up])
        up = _grouped([pair for pair, up in changed.items() if up])
        return [
            *(
                RingEvent(at, f"link {n} {ends} is down", Severity.WARNING, node, detail)
                for n, ends, node, detail in down
            ),
            *(RingEvent(at, f"link {n} {ends} is up", Severity.INFO, node, detail) for n, ends, node, detail in up),
        ]

    def _membership_events(self, partition: Partition | None, ring: Ring, at: float) -> list[RingEvent]:
        old = self._partition
        if partition is None or old is None:
            return []
        events: list[RingEvent] = []
        count = format_count(len(partition.members), "member")
        ring_text = f"ring {partition.ring_id}, {count}" if partition.ring_id else count
        quorum = "quorum kept" if ring.quorate else "no quorum"
        lost = sorted(set(old.members) - set(partition.members))
        token_lost = self._token_was_lost(partition, ring)
        for name in lost[:MAX_LISTED]:
            if token_lost:
                text, severity = f"{name} lost (no leave message)", Severity.WARNING
            else:
                text, severity = f"{name} left", Severity.INFO
            events.append(RingEvent(at, text, severity, name, f"{count}, {quorum}"))
        joining = sorted(set(partition.members) - set(old.members))
        events += [RingEvent(at, f"{name} joined", Severity.INFO, name, ring_text) for name in joining[:MAX_LISTED]]
        for names, verb in ((lost, "left"), (joining, "joined")):
            if len(names) > MAX_LISTED:
                text = f"{len(names) - MAX_LISTED:,} more nodes {verb}"
                events.append(RingEvent(at, text, Severity.WARNING, None, ring_text))
        if not events and partition.ring_id != old.ring_id and partition.ring_id and old.ring_id:
            events.append(RingEvent(at, "the ring formed again", Severity.WARNING, None, ring_text))
        return events

    def _quorum_events(self, ring: Ring, at: float) -> list[RingEvent]:
        if self._quorate in (None, ring.quorate) or not answering_views(ring.nodes):
            return []
        if ring.quorate:
            return [RingEvent(at, "quorum regained", Severity.INFO, None, format_count(len(ring.members), "member"))]
        return [
            RingEvent(
                at, "quorum lost", Severity.ERROR, None, f"no group has a majority of {ring.expected_count} nodes"
            )
        ]

    def _token_was_lost(self, partition: Partition, ring: Ring) -> bool:
        """Whether members lost the token: they do if a node falls silent, not if it leaves with a message."""
        losses = _token_losses(ring.nodes)
        stayed = [name for name in partition.reporters if name in losses and name in self._token_losses]
        return any(losses[name] > self._token_losses[name] for name in stayed)


def main_partition(views: tuple[NodeView, ...]) -> Partition | None:
    """The partition that is taken for the ring: the largest quorate one, else the largest; None without any."""
    parts = partitions(views)
    return next((part for part in parts if part.quorate), next(iter(parts), None))


def link_states(views: tuple[NodeView, ...]) -> dict[LinkEnds, bool]:
    """Whether each link between two nodes is up: every end that answers must say so."""
    pairs: dict[LinkEnds, bool] = {}
    for view in answering_views(views):
        for link in view.links:
            first, second = sorted((view.name, link.peer))
            ends = (link.link, first, second)
            pairs[ends] = pairs.get(ends, True) and link.connected
    return pairs


def _changed_members(old: Partition | None, new: Partition | None) -> frozenset[str]:
    if old is None or new is None:
        return frozenset()
    return frozenset(set(old.members) ^ set(new.members))


def _token_losses(views: tuple[NodeView, ...]) -> dict[str, int]:
    return {view.name: view.token_losses for view in answering_views(views) if view.token_losses is not None}


def _grouped(pairs: list[LinkEnds]) -> list[tuple[int, str, str | None, str]]:
    """Groups links by the node that they have in common: (link, "to node3" or "node1-node2", node or None, detail)."""
    groups: list[tuple[int, str, str | None, str]] = []
    rest = sorted(pairs)
    while rest:
        counts = Counter((link, name) for link, *names in rest for name in names)
        (link, name), times = min(counts.items(), key=lambda item: (-item[1], item[0]))
        if times == 1:
            groups += [(number, f"{first}-{second}", None, "") for number, first, second in rest]
            break
        of_node = {pair for pair in rest if pair[0] == link and name in pair[1:]}
        peers = sorted(end for pair in of_node for end in pair[1:] if end != name)
        groups.append((link, f"to {name}", name, "from " + joined(peers)))
        rest = [pair for pair in rest if pair not in of_node]
    return sorted(groups, key=lambda item: (item[0], item[1]))
