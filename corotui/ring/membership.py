"""Merges the views of all nodes to the ring. Pure.

The answer of a single node is never trusted: one that was cut off still reports "3 members, quorate" for token +
consensus (8 s with the defaults). What counts is how many nodes report a membership.
"""

from __future__ import annotations

from collections.abc import Sequence

from corotui.cluster.finding import by_severity
from corotui.ring.expected import ExpectedRing
from corotui.ring.findings import link_findings, membership_findings, node_findings, vote_findings
from corotui.ring.model import NodeView, Ring
from corotui.ring.partition import partitions


def merge_views(views: Sequence[NodeView], expected_ring: ExpectedRing) -> Ring:
    """Merges the views of all nodes, and compares the result with what the ring must be."""
    expected = expected_ring.nodes
    order = {name: position for position, name in enumerate(expected)}
    parts = partitions(views)
    main = next((part for part in parts if part.quorate), None)
    members = tuple(sorted(main.members, key=lambda name: (order.get(name, len(order)), name))) if main else ()
    by_name = {view.name: view for view in views}
    ordered = tuple(sorted(by_name.values(), key=lambda view: (order.get(view.name, len(order)), view.name)))
    findings = (
        *node_findings(ordered, expected),
        *membership_findings(ordered, parts, main, expected),
        *(wrong_votes := vote_findings(ordered, main, expected_ring)),
        *link_findings(ordered, main),
    )
    return Ring(
        healthy=main is not None
        and len(parts) == 1
        and set(expected) == set(members)
        and not wrong_votes
        and set(expected) <= set(main.reporters)
        and all(link.connected for view in ordered for link in view.links)
        and not any(view.hung for view in ordered),
        quorate=main is not None,
        expected_count=len(expected),
        members=members,
        nodes=ordered,
        findings=by_severity(findings),
    )
