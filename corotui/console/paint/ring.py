"""The Ring step: who hears whom, from every node's own view, and what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from corotui.cluster.finding import Severity
from corotui.console.paint.findings import finding_rows
from corotui.console.paint.frame import BLANK, STALE_AFTER, Frame
from corotui.console.paint.line import Line, Row, columns, ends, wrapped
from corotui.console.words import age, clock, milliseconds
from corotui.ring.model import NodeView, Ring, RingEvent
from corotui.walk.model import Picture

Samples = Mapping[int, Sequence[int]]  # link number -> latencies in microseconds, oldest first

_WIDE = 9
_NARROW = 3


def ring_page(picture: Picture, samples: Samples, frame: Frame) -> list[Row]:
    """Matrix (items "node:NAME"), links, findings, events (newest first)."""
    ring = picture.ring
    if ring is None:
        words = "The nodes are being asked." if picture.busy else "The ring has not been looked at yet."
        return frame.note(words, style="")
    rows = matrix_rows(ring, frame)
    rows += _links(ring, samples, frame)
    if ring.findings:
        rows.append(BLANK)
        for finding in ring.findings:
            if finding.severity is not Severity.OK:
                rows += finding_rows(finding, frame, indent=0, commands=False)
    rows += [BLANK, frame.rule()]
    rows += event_rows(picture.ring_events, frame)
    return rows


def matrix_rows(ring: Ring, frame: Frame) -> list[Row]:
    """A row per node that looks, a column per node that is seen; signs only where there is no room for latencies."""
    names = [node.name for node in ring.nodes]
    first = min(max([9, *(len(name) + 1 for name in names)]), 20)
    tail = [6, 5]
    room = frame.width - first - sum(tail) - 4
    wide = room >= len(names) * (_WIDE + 2)
    cell = _WIDE if wide else _NARROW
    shown = names[: max(1, room // (cell + 2))]
    left_out = len(names) - len(shown)
    heads = [name if wide else name[-_NARROW:] for name in shown]
    widths = [first, *([cell] * len(shown)), *tail]
    ages = (len(shown) + 1, len(shown) + 2)
    head = columns([f"seen by {frame.glyphs.below}", *heads, "age", "votes"], widths, right=ages)
    rows = [Row(head.styled("context"))]
    for node in ring.nodes:
        cells: list[Line | str] = [Line((node.name, "strong" if node.name in ring.members else ""))]
        cells += [_peer(node, other, frame, wide) for other in shown]
        cells += [_age(node, frame), "" if node.votes is None else str(node.votes)]
        rows.append(Row(columns(cells, widths, right=ages), f"node:{node.name}"))
        rows += _trouble(node, ring, frame)
    if left_out:
        rows += frame.note(f"{left_out} more nodes: a wider terminal shows them.")
    return rows


def _peer(node: NodeView, other: str, frame: Frame, wide: bool) -> Line:
    g = frame.glyphs
    if other == node.name:
        return Line((f"    {g.none}" if wide else g.none, "context"))
    if not node.running or not node.reachable:
        return Line((g.stale if node.links else g.none, "context"))
    links = [link for link in node.links if link.peer == other]
    if not links:
        return Line((g.up if other in node.members else g.down, "" if other in node.members else "broken"))
    up = [link for link in links if link.connected]
    if not up:
        return Line((f"{g.down} lost" if wide else g.down, "broken"))
    sign = Line((g.up, "")) if len(up) == len(links) else Line((g.partly, "needs"))
    if not wide:
        return sign
    if len(up) < len(links):
        return Line(sign, f" {len(up)} of {len(links)}")
    best = min((link.latency for link in up if link.latency is not None), default=None)
    return Line(sign, "" if best is None else f" {milliseconds(best)}")


def _age(node: NodeView, frame: Frame) -> Line:
    old = frame.now - node.taken_at
    if not node.taken_at:
        return Line((frame.glyphs.none, "context"))
    return Line((age(old), "needs" if old >= STALE_AFTER else ""))


def _trouble(node: NodeView, ring: Ring, frame: Frame) -> list[Row]:
    if not node.reachable:
        words, sign = node.error or "does not answer over ssh", (frame.glyphs.failed, "broken")
    elif node.hung:
        words, sign = "corosync is there and does not answer", (frame.glyphs.failed, "broken")
    elif not node.running:
        words, sign = node.error or "corosync does not run", (frame.glyphs.down, "broken")
    elif not node.quorate:
        seen = ", ".join(node.members) or "nobody"
        words, sign = f"without quorum; its members are {seen}", (frame.glyphs.failed, "broken")
    elif ring.members and set(node.members) != set(ring.members):
        words, sign = f"its members are {', '.join(node.members)}", (frame.glyphs.needs, "needs")
    else:
        return []
    first = Line("  ", (sign[0], "broken" if sign[1] == "broken" else "needs"), " ")
    return [Row(line, f"node:{node.name}") for line in wrapped(words, frame.width, first=first, hang=4)]


def _links(ring: Ring, samples: Samples, frame: Frame) -> list[Row]:
    numbers = sorted({link.link for node in ring.nodes for link in node.links})
    rows: list[Row] = []
    for number in numbers:
        views = [link for node in ring.nodes if node.running for link in node.links if link.link == number]
        up = sum(view.connected for view in views)
        curve = sparkline(samples.get(number, ()), 13, frame)
        known = [view.latency for view in views if view.latency is not None and view.connected]
        mean = milliseconds(sum(known) // len(known)) if known else ""
        pairs = (
            Line(f"{up} of {len(views)} ways up") if up < len(views) else Line((f"all {len(views)} ways up", "context"))
        )
        line = Line(f"link {number}   ", (f"{curve:<13}", "accent"), f"  {mean:>8}   ", pairs)
        rows.append(Row(line.fit(frame.width)))
    if rows:
        rows += _since_start(ring, frame)
    return rows


def _since_start(ring: Ring, frame: Frame) -> list[Row]:
    """Counters of all nodes together, since each corosync started."""
    links = [link for node in ring.nodes for link in node.links if link.down_count is not None]
    downs = sum(link.down_count or 0 for link in links)
    again = [node.retransmits for node in ring.nodes if node.retransmits is not None]
    parts = [f"links went down {downs} times"] if links else []
    parts += [f"{sum(again)} retransmits"] if again else []
    return frame.note(f"since corosync started: {', '.join(parts)}") if parts else []


def sparkline(values: Sequence[int], width: int, frame: Frame) -> str:
    """The last `width` values as heights: the lowest of them at the bottom, twice that (or the highest) at the top."""
    last = list(values)[-width:]
    if not last:
        return ""
    least, levels = min(last), frame.glyphs.spark
    span = max(max(last) - least, least, 1)
    return "".join(levels[(value - least) * (len(levels) - 1) // span] for value in last)


def event_rows(events: Sequence[RingEvent], frame: Frame) -> list[Row]:
    """Newest first: clock, what changed, what it means."""
    if not events:
        return frame.note("Nothing has happened since this console looks on.")
    rows: list[Row] = []
    for number, event in enumerate(reversed(events)):
        sign = frame.severity(event.severity)
        left = Line(
            (clock(event.at), "context"), " ", sign if event.severity is not Severity.INFO else " ", " ", event.text
        )
        right = Line((event.detail, "context"))
        key = f"event:{len(events) - number}"
        if left.width + right.width + 2 <= frame.width:
            rows.append(Row(ends(left, right, frame.width), key))
        else:
            rows.append(Row(left.fit(frame.width), key))
            if event.detail:
                lines = wrapped(event.detail, frame.width, style="context", first=" " * 11, hang=11)
                rows += [Row(line, key) for line in lines]
    return rows
