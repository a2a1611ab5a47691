"""The ring as text of at most 80 columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corotui.ring.model import NodeView, Ring

_NAME_WIDTH = 12
_CELL_WIDTH = 13
_MAX_WIDTH = 80


def ring_lines(cluster: str, ring: Ring, *, now: float) -> list[str]:
    """A headline, then a matrix of the links with age and votes; where it would be too wide, a line per node."""
    lines = [_headline(cluster, ring), ""]
    names = [view.name for view in ring.nodes]
    width = _NAME_WIDTH + _CELL_WIDTH * len(names) + 13
    if width <= _MAX_WIDTH:
        lines.append(
            "seen by ↓".ljust(_NAME_WIDTH) + "".join(_fit(name, _CELL_WIDTH) for name in names) + "    age  votes"
        )
        lines += [_row(view, names, now) for view in ring.nodes]
    else:
        lines.append("node".ljust(_NAME_WIDTH + 8) + "links up   worst link   members    age  votes")
        lines += [_short_row(view, now) for view in ring.nodes]
    lines += _footer(ring)
    return lines


def _headline(cluster: str, ring: Ring) -> str:
    state = "healthy" if ring.healthy else "not healthy"
    quorum = "quorate" if ring.quorate else "no quorum"
    return f"{cluster}: {state}, {len(ring.members)} of {ring.expected_count} nodes in the ring, {quorum}"


def _row(view: NodeView, names: Sequence[str], now: float) -> str:
    cells = "".join(_cell(view, name).ljust(_CELL_WIDTH) for name in names)
    return _fit(view.name, _NAME_WIDTH) + cells + _age_and_votes(view, now)


def _cell(view: NodeView, peer: str) -> str:
    if peer == view.name:
        return "    —"
    if not view.reachable:
        return "~ silent"
    if view.hung:
        return "✗ hung"
    if not view.running:
        return "○ stopped"
    links = [link for link in view.links if link.peer == peer]
    if not links:
        return "● member" if peer in view.members else "○"
    up = [link for link in links if link.connected]
    if not up:
        return "○ down"
    times = [link.latency for link in up if link.latency is not None]
    glyph = "●" if len(up) == len(links) else "◐"
    return f"{glyph} {_milliseconds(min(times))}" if times else f"{glyph} up"


def _short_row(view: NodeView, now: float) -> str:
    up = [link for link in view.links if link.connected]
    slowest = max((link.latency for link in up if link.latency is not None), default=None)
    if not view.reachable or not view.running or view.hung:
        state = "~ silent" if not view.reachable else "✗ hung" if view.hung else "○ stopped"
        middle = state.ljust(31)
    else:
        glyph = "●" if len(up) == len(view.links) else "◐" if up else "○"
        links = f"{glyph} {len(up)} of {len(view.links)}".ljust(11)
        middle = links + (_milliseconds(slowest) if slowest is not None else "").ljust(13) + f"{len(view.members):>7}"
    return _fit(view.name, _NAME_WIDTH + 8) + middle + _age_and_votes(view, now)


def _age_and_votes(view: NodeView, now: float) -> str:
    age = f"{max(0, round(now - view.taken_at))} s" if view.reachable else "—"
    votes = "—" if view.votes is None else str(view.votes)
    return f"{age:>7}{votes:>7}"


def _footer(ring: Ring) -> list[str]:
    running = [view for view in ring.nodes if view.reachable and view.running]
    rings = sorted({view.ring_id for view in running if view.ring_id})
    quorum = next(
        (view for view in running if view.quorum is not None and view.name in (ring.members or [view.name])), None
    )
    lines: list[str] = []
    if rings:
        parts = [f"ring {' | '.join(rings)}"]
        if quorum is not None:
            parts.append(f"votes {quorum.total_votes} of {quorum.expected_votes}, quorum {quorum.quorum}")
        retransmits = [view.retransmits for view in running if view.retransmits is not None]
        if retransmits:
            parts.append(f"retransmits {sum(retransmits)}")
        versions = sorted({view.corosync_version for view in running if view.corosync_version})
        if versions:
            parts.append(f"corosync {', '.join(versions)}")
        lines = ["", "   ".join(parts)[:_MAX_WIDTH]]
    return lines


def _milliseconds(microseconds: int) -> str:
    return f"{microseconds / 1000:.2f} ms" if microseconds < 100_000 else f"{microseconds / 1000:.0f} ms"


def _fit(name: str, width: int) -> str:
    return (name if len(name) < width else name[: width - 2] + "…").ljust(width)
