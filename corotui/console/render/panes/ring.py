"""Renders the Ring step: which nodes see each other, as each node reports it, and what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from corotui.cluster.finding import Severity
from corotui.cluster.limits import joined
from corotui.cluster.phrasing import format_age
from corotui.console.render.context import BLANK_ROW, STALE_AFTER, RenderContext
from corotui.console.render.findings import render_finding
from corotui.console.render.layout import Row, StyledLine, spread, table_row, wrap_text
from corotui.console.render.row_ids import NodeRow, RingEventRow
from corotui.console.style.formatting import format_clock, format_latency
from corotui.ring.model import NodeView, Ring, RingEvent
from corotui.workflow.state import WorkflowState

LatencySamples = Mapping[int, Sequence[int]]  # link number -> latencies in microseconds, oldest first

_WIDE_CELL = 9
_NARROW_CELL = 3


def render_ring(state: WorkflowState, samples: LatencySamples, context: RenderContext) -> list[Row]:
    """Returns the matrix of nodes, links, findings, and events with the newest first."""
    ring = state.ring
    if ring is None:
        text = "The nodes are being asked." if state.busy else "The ring has not been checked yet."
        return context.note(text, style="")
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
    """Returns a row for each reporting node with a column for each other node. Narrow columns show no latencies."""
    names = [node.name for node in ring.nodes]
    first = min(max([9, *(len(name) + 1 for name in names)]), 20)
    tail = [6, 5]
    available = context.width - first - sum(tail) - 4
    wide = available >= len(names) * (_WIDE_CELL + 2)
    cell = _WIDE_CELL if wide else _NARROW_CELL
    shown = names[: max(1, available // (cell + 2))]
    hidden = len(names) - len(shown)
    heads = [name if wide else name[-_NARROW_CELL:] for name in shown]
    widths = [first, *([cell] * len(shown)), *tail]
    ages = (len(shown) + 1, len(shown) + 2)
    head = table_row([f"seen by {context.glyphs.below}", *heads, "age", "votes"], widths, right_aligned=ages)
    rows = [Row(head.styled("context"))]
    for node in ring.nodes:
        cells: list[StyledLine | str] = [StyledLine((node.name, "strong" if node.name in ring.members else ""))]
        cells += [_render_peer(node, other, context, wide) for other in shown]
        cells += [_render_age(node, context), "" if node.votes is None else str(node.votes)]
        rows.append(Row(table_row(cells, widths, right_aligned=ages), NodeRow(node.name)))
        rows += _render_problem(node, ring, context)
    if hidden:
        rows += context.note(f"{hidden} more nodes are hidden. Widen the terminal to see them.")
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
    glyph = StyledLine((g.up, "")) if len(up) == len(links) else StyledLine((g.partial, "needs"))
    if not wide:
        return glyph
    if len(up) < len(links):
        return StyledLine(glyph, f" {len(up)} of {len(links)}")
    best = min((link.latency for link in up if link.latency is not None), default=None)
    return StyledLine(glyph, "" if best is None else f" {format_latency(best)}")


def _render_age(node: NodeView, context: RenderContext) -> StyledLine:
    age = context.now - node.taken_at
    if not node.taken_at:
        return StyledLine((context.glyphs.none, "context"))
    return StyledLine((format_age(age), "needs" if age >= STALE_AFTER else ""))


def _render_problem(node: NodeView, ring: Ring, context: RenderContext) -> list[Row]:
    if not node.reachable:
        text, glyph = node.error or "does not answer over ssh", (context.glyphs.failed, "broken")
    elif node.hung:
        text, glyph = "corosync runs but does not answer", (context.glyphs.failed, "broken")
    elif not node.running:
        text, glyph = node.error or "corosync does not run", (context.glyphs.down, "broken")
    elif not node.quorate:
        members = joined(node.members) or "none"
        text, glyph = f"has no quorum; its members are {members}", (context.glyphs.failed, "broken")
    elif ring.members and set(node.members) != set(ring.members):
        text, glyph = f"its members are {joined(node.members)}", (context.glyphs.needs, "needs")
    else:
        return []
    first = StyledLine("  ", (glyph[0], "broken" if glyph[1] == "broken" else "needs"), " ")
    return [Row(line, NodeRow(node.name)) for line in wrap_text(text, context.width, prefix=first, indent=4)]


def _render_links(ring: Ring, samples: LatencySamples, context: RenderContext) -> list[Row]:
    numbers = sorted({link.link for node in ring.nodes for link in node.links})
    rows: list[Row] = []
    for number in numbers:
        views = [link for node in ring.nodes if node.running for link in node.links if link.link == number]
        up = sum(view.connected for view in views)
        sparkline = render_sparkline(samples.get(number, ()), 13, context)
        latencies = [view.latency for view in views if view.latency is not None and view.connected]
        mean = format_latency(sum(latencies) // len(latencies)) if latencies else ""
        paths = (
            StyledLine(f"{up} of {len(views)} paths up")
            if up < len(views)
            else StyledLine((f"all {len(views)} paths up", "context"))
        )
        line = StyledLine(f"link {number}   ", (f"{sparkline:<13}", "accent"), f"  {mean:>8}   ", paths)
        rows.append(Row(line.truncate(context.width)))
    if rows:
        rows += _render_counters(ring, context)
    return rows


def _render_counters(ring: Ring, context: RenderContext) -> list[Row]:
    """Returns counters of all nodes together, since each corosync was started."""
    links = [link for node in ring.nodes for link in node.links if link.down_count is not None]
    downs = sum(link.down_count or 0 for link in links)
    retransmits = [node.retransmits for node in ring.nodes if node.retransmits is not None]
    parts = [f"links went down {downs} times"] if links else []
    parts += [f"{sum(retransmits)} retransmits"] if retransmits else []
    return context.note(f"since corosync started: {', '.join(parts)}") if parts else []


def render_sparkline(values: Sequence[int], width: int, context: RenderContext) -> str:
    """Draws the last `width` values as heights, from the lowest value up to twice that or the highest."""
    last = list(values)[-width:]
    if not last:
        return ""
    lowest, levels = min(last), context.glyphs.spark
    span = max(max(last) - lowest, lowest, 1)
    return "".join(levels[(value - lowest) * (len(levels) - 1) // span] for value in last)


def render_events(events: Sequence[RingEvent], context: RenderContext) -> list[Row]:
    """Returns the events, the newest first: time, what changed, what it means."""
    if not events:
        return context.note("Nothing has happened since this console was opened.")
    rows: list[Row] = []
    for number, event in enumerate(reversed(events)):
        glyph = context.severity_glyph(event.severity)
        left = StyledLine(
            (format_clock(event.at), "context"),
            " ",
            glyph if event.severity is not Severity.INFO else " ",
            " ",
            event.text,
        )
        right = StyledLine((event.detail, "context"))
        row_id = RingEventRow(len(events) - number)
        if left.width + right.width + 2 <= context.width:
            rows.append(Row(spread(left, right, context.width), row_id))
        else:
            rows.append(Row(left.truncate(context.width), row_id))
            if event.detail:
                lines = wrap_text(event.detail, context.width, style="context", prefix=" " * 11, indent=11)
                rows += [Row(line, row_id) for line in lines]
    return rows
