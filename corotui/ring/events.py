"""What changed from one look to the next, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from corotui.cluster.finding import Severity
from corotui.cluster.phrasing import format_count
from corotui.ring.membership import Partition, answering_views, partitions
from corotui.ring.model import NodeView, Ring, RingEvent

LinkEnds = tuple[int, str, str]  # link, node, node; the names in order


class ChangeTracker:
    """Remembers what was last known, so that a node that says nothing for a while changes nothing by that alone."""

    def __init__(self) -> None:
        self._ring: Ring | None = None
        self._partition: Partition | None = None
        self._quorate: bool | None = None
        self._links: dict[LinkEnds, bool] = {}
        self._token_losses: dict[str, int] = {}

    def update(self, ring: Ring, at: float) -> tuple[RingEvent, ...]:
        """Events between the last ring and this one, in the order cause before effect; none for the first."""
        before, self._ring = self._ring, ring
        circle = main_partition(ring.nodes)
        links = link_states(ring.nodes)
        events: list[RingEvent] = []
        if before is not None:
            moved = _changed_members(self._partition, circle)
            events += self._node_events(before, ring, at)
            events += self._link_events(links, moved, ring.nodes, at)
            events += self._membership_events(circle, ring, at)
            events += self._quorum_events(ring, at)
        if circle is not None:
            self._quorate = ring.quorate
        # The token is lost some seconds before a new ring forms without the node: compare over one ring's whole life.
        losses = _token_losses(ring.nodes)
        anew = circle is not None and (self._partition is None or circle.ring_id != self._partition.ring_id)
        self._token_losses = {**self._token_losses, **losses} if anew else {**losses, **self._token_losses}
        self._partition = circle or self._partition
        self._links |= links
        return tuple(events)

    def _node_events(self, before: Ring, after: Ring, at: float) -> list[RingEvent]:
        known = {view.name: view for view in before.nodes}
        events: list[RingEvent] = []
        for view in after.nodes:
            old = known.get(view.name)
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
            and (pair[0] in counted or not moved & set(pair[1:]))  # else it is membership told twice
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
        now = format_count(len(partition.members), "member")
        came = f"ring {partition.ring_id}, {now}" if partition.ring_id else now
        kept = "quorum kept" if ring.quorate else "no quorum"
        for name in sorted(set(old.members) - set(partition.members)):
            manner = self._departure(partition, ring)
            severity = Severity.INFO if manner == "left" else Severity.WARNING
            text = f"{name} left" if manner == "left" else f"{name} lost (no leave message)"
            events.append(RingEvent(at, text, severity, name, f"{now}, {kept}"))
        events += [
            RingEvent(at, f"{name} joined", Severity.INFO, name, came)
            for name in sorted(set(partition.members) - set(old.members))
        ]
        if not events and partition.ring_id != old.ring_id and partition.ring_id and old.ring_id:
            events.append(RingEvent(at, "the ring formed anew", Severity.WARNING, None, came))
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

    def _departure(self, partition: Partition, ring: Ring) -> str:
        """A node that goes in order says so; when it just falls silent, those that stay lose the token."""
        losses = _token_losses(ring.nodes)
        stayed = [name for name in partition.reporters if name in losses and name in self._token_losses]
        return "lost" if any(losses[name] > self._token_losses[name] for name in stayed) else "left"


def main_partition(views: tuple[NodeView, ...]) -> Partition | None:
    """The partition that stands for the ring: the largest quorate one, else the largest."""
    parts = partitions(views)
    return next((part for part in parts if part.quorate), next(iter(parts), None))


def link_states(views: tuple[NodeView, ...]) -> dict[LinkEnds, bool]:
    """Each link between two nodes: up when every end that speaks says so."""
    pairs: dict[LinkEnds, bool] = {}
    for view in answering_views(views):
        for link in view.links:
            one, two = sorted((view.name, link.peer))
            pairs[link.link, one, two] = pairs.get((link.link, one, two), True) and link.connected
    return pairs


def _changed_members(before: Partition | None, after: Partition | None) -> frozenset[str]:
    if before is None or after is None:
        return frozenset()
    return frozenset(set(before.members) ^ set(after.members))


def _token_losses(views: tuple[NodeView, ...]) -> dict[str, int]:
    return {view.name: view.token_losses for view in answering_views(views) if view.token_losses is not None}


def _grouped(pairs: list[LinkEnds]) -> list[tuple[int, str, str | None, str]]:
    """(link, "to node3" or "node1-node2", node or None, detail): several links of one node are told once."""
    out: list[tuple[int, str, str | None, str]] = []
    rest = sorted(pairs)
    while rest:
        seen = Counter((link, name) for link, *names in rest for name in names)
        (link, name), times = min(seen.items(), key=lambda item: (-item[1], item[0]))
        if times == 1:
            out += [(number, f"{one}-{two}", None, "") for number, one, two in rest]
            break
        mine = [pair for pair in rest if pair[0] == link and name in pair[1:]]
        peers = sorted(end for pair in mine for end in pair[1:] if end != name)
        out.append((link, f"to {name}", name, "from " + ", ".join(peers)))
        rest = [pair for pair in rest if pair not in mine]
    return sorted(out, key=lambda item: (item[0], item[1]))
