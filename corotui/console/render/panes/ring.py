"""The Ring step: who hears whom, from every node's own view, and what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from corotui.cluster.finding import Severity
from corotui.cluster.phrasing import format_age
from corotui.console.render.context import BLANK_ROW, STALE_AFTER, RenderContext
from corotui.console.render.findings import render_finding
from corotui.console.render.layout import Row, StyledLine, spread, table_row, wrap_text
from corotui.console.style.formatting import format_clock, format_latency
from corotui.ring.model import NodeView, Ring, RingEvent
from corotui.workflow.state import WorkflowState

LatencySamples = Mapping[int, Sequence[int]]  # link number -> latencies in microseconds, oldest first

_WIDE_CELL = 9
_NARROW_CELL = 3


def render_ring(state: WorkflowState, samples: LatencySamples, context: RenderContext) -> list[Row]:
    """Matrix (items "node:NAME"), links, findings, events (newest first)."""
    ring = state.ring
    if ring is None:
        words = "The nodes are being asked." if state.busy else "The ring has not been looked at yet."
        return context.note(words, style="")
    rows = render_matrix(ring, context)
    rows += _render_links(ring, samples, context)
    if ring.findings:
        rows.append(BLANK_ROW)
        for finding in ring.findings:
            if finding.severity is not Severity.OK:
                rows += render_finding(finding, context, indent=0, show_commands=False)
    rows += [BLANK_ROW, context.rule()]
    rows += render_events(state.ring_events, context)
    return rows


def render_matrix(ring: Ring, context: RenderContext) -> list[Row]:
    """A row per node that looks, a column per node that is seen; signs only where there is no room for latencies."""
    names = [node.name for node in ring.nodes]
    first = min(max([9, *(len(name) + 1 for name in names)]), 20)
    tail = [6, 5]
    room = context.width - first - sum(tail) - 4
    wide = room >= len(names) * (_WIDE_CELL + 2)
    cell = _WIDE_CELL if wide else _NARROW_CELL
    shown = names[: max(1, room // (cell + 2))]
    left_out = len(names) - len(shown)
    heads = [name if wide else name[-_NARROW_CELL:] for name in shown]
    widths = [first, *([cell] * len(shown)), *tail]
    ages = (len(shown) + 1, len(shown) + 2)
    head = table_row([f"seen by {context.glyphs.below}", *heads, "age", "votes"], widths, right_aligned=ages)
    rows = [Row(head.styled("context"))]
    for node in ring.nodes:
        cells: list[StyledLine | str] = [StyledLine((node.name, "strong" if node.name in ring.members else ""))]
        cells += [_render_peer(node, other, context, wide) for other in shown]
        cells += [_render_age(node, context), "" if node.votes is None else str(node.votes)]
        rows.append(Row(table_row(cells, widths, right_aligned=ages), f"node:{node.name}"))
        rows += _render_problem(node, ring, context)
    if left_out:
        rows += context.note(f"{left_out} more nodes: a wider terminal shows them.")
    return rows


def _render_peer(node: NodeView, peer: str, context: RenderContext, wide: bool) -> StyledLine:
    g = context.glyphs
    if peer == node.name:
        return StyledLine((f"    {g.none}" if wide else g.none, "context"))
    if not node.running or not node.reachable:
        return StyledLine((g.stale if node.links else g.none, "context"))
    links = [link for link in node.links if link.peer == peer]
    if not links:
        return StyledLine((g.up if peer in node.members else g.down, "" if peer in node.members else "broken"))
    up = [link for link in links if link.connected]
    if not up:
        return StyledLine((f"{g.down} lost" if wide else g.down, "broken"))
    sign = StyledLine((g.up, "")) if len(up) == len(links) else StyledLine((g.partial, "needs"))
    if not wide:
        return sign
    if len(up) < len(links):
        return StyledLine(sign, f" {len(up)} of {len(links)}")
    best = min((link.latency for link in up if link.latency is not None), default=None)
    return StyledLine(sign, "" if best is None else f" {format_latency(best)}")


def _render_age(node: NodeView, context: RenderContext) -> StyledLine:
    old = context.now - node.taken_at
    if not node.taken_at:
        return StyledLine((context.glyphs.none, "context"))
    return StyledLine((format_age(old), "needs" if old >= STALE_AFTER else ""))


def _render_problem(node: NodeView, ring: Ring, context: RenderContext) -> list[Row]:
    if not node.reachable:
        words, sign = node.error or "does not answer over ssh", (context.glyphs.failed, "broken")
    elif node.hung:
        words, sign = "corosync is there and does not answer", (context.glyphs.failed, "broken")
    elif not node.running:
        words, sign = node.error or "corosync does not run", (context.glyphs.down, "broken")
    elif not node.quorate:
        seen = ", ".join(node.members) or "nobody"
        words, sign = f"without quorum; its members are {seen}", (context.glyphs.failed, "broken")
    elif ring.members and set(node.members) != set(ring.members):
        words, sign = f"its members are {', '.join(node.members)}", (context.glyphs.needs, "needs")
    else:
        return []
    first = StyledLine("  ", (sign[0], "broken" if sign[1] == "broken" else "needs"), " ")
    return [Row(line, f"node:{node.name}") for line in wrap_text(words, context.width, prefix=first, indent=4)]


def _render_links(ring: Ring, samples: LatencySamples, context: RenderContext) -> list[Row]:
    numbers = sorted({link.link for node in ring.nodes for link in node.links})
    rows: list[Row] = []
    for number in numbers:
        views = [link for node in ring.nodes if node.running for link in node.links if link.link == number]
        up = sum(view.connected for view in views)
        curve = render_sparkline(samples.get(number, ()), 13, context)
        known = [view.latency for view in views if view.latency is not None and view.connected]
        mean = format_latency(sum(known) // len(known)) if known else ""
        pairs = (
            StyledLine(f"{up} of {len(views)} ways up")
            if up < len(views)
            else StyledLine((f"all {len(views)} ways up", "context"))
        )
        line = StyledLine(f"link {number}   ", (f"{curve:<13}", "accent"), f"  {mean:>8}   ", pairs)
        rows.append(Row(line.truncate(context.width)))
    if rows:
        rows += _render_counters(ring, context)
    return rows


def _render_counters(ring: Ring, context: RenderContext) -> list[Row]:
    """Counters of all nodes together, since each corosync started."""
    links = [link for node in ring.nodes for link in node.links if link.down_count is not None]
    downs = sum(link.down_count or 0 for link in links)
    again = [node.retransmits for node in ring.nodes if node.retransmits is not None]
    parts = [f"links went down {downs} times"] if links else []
    parts += [f"{sum(again)} retransmits"] if again else []
    return context.note(f"since corosync started: {', '.join(parts)}") if parts else []


def render_sparkline(values: Sequence[int], width: int, context: RenderContext) -> str:
    """The last `width` values as heights: the lowest of them at the bottom, twice that (or the highest) at the top."""
    last = list(values)[-width:]
    if not last:
        return ""
    least, levels = min(last), context.glyphs.spark
    span = max(max(last) - least, least, 1)
    return "".join(levels[(value - least) * (len(levels) - 1) // span] for value in last)


def render_events(events: Sequence[RingEvent], context: RenderContext) -> list[Row]:
    """Newest first: clock, what changed, what it means."""
    if not events:
        return context.note("Nothing has happened since this console looks on.")
    rows: list[Row] = []
    for number, event in enumerate(reversed(events)):
        sign = context.severity_sign(event.severity)
        left = StyledLine(
            (format_clock(event.at), "context"),
            " ",
            sign if event.severity is not Severity.INFO else " ",
            " ",
            event.text,
        )
        right = StyledLine((event.detail, "context"))
        key = f"event:{len(events) - number}"
        if left.width + right.width + 2 <= context.width:
            rows.append(Row(spread(left, right, context.width), key))
        else:
            rows.append(Row(left.truncate(context.width), key))
            if event.detail:
                lines = wrap_text(event.detail, context.width, style="context", prefix=" " * 11, indent=11)
                rows += [Row(line, key) for line in lines]
    return rows
