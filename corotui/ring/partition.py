"""Groups the views of nodes that report the same ring. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from corotui.ring.model import NodeView


@dataclass(frozen=True, slots=True)
class Partition:
    """Nodes that report the same ring and the same members."""

    ring_id: str
    """Ring id that they report."""
    members: tuple[str, ...]
    """Names of the members."""
    reporters: tuple[str, ...]
    """Names of the nodes that report this membership."""
    quorate: bool
    """Whether they report quorum."""
    is_complete: bool = False
    """Whether the reporters expect no other node."""


def partitions(views: Sequence[NodeView]) -> tuple[Partition, ...]:
    """Groups views to partitions, ordered by the number of reporters, then of members, then by name."""
    groups: dict[tuple[str, frozenset[str], bool], list[NodeView]] = {}
    for view in answering_views(views):
        groups.setdefault((view.ring_id, frozenset(view.members), view.quorate), []).append(view)
    parts = [
        Partition(
            ring_id,
            group[0].members,
            tuple(view.name for view in group),
            quorate,
            is_complete=all(
                view.expected_votes is not None and view.expected_votes == view.total_votes for view in group
            ),
        )
        for (ring_id, _, quorate), group in groups.items()
    ]
    return tuple(sorted(parts, key=lambda part: (-len(part.reporters), -len(part.members), part.reporters)))


def answering_views(views: Sequence[NodeView]) -> tuple[NodeView, ...]:
    """The views of nodes whose corosync reported its members in its last answer."""
    return tuple(view for view in views if view.reachable and view.running and view.members and not view.hung)
