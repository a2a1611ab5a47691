"""Renders entries of the log: the exact commands, on which nodes, and how they ended."""

from __future__ import annotations

from corotui.cluster.phrasing import format_age, format_duration, format_node_names
from corotui.cluster.text.bounded import lines_of
from corotui.console.activity_log import LogEntry
from corotui.console.render.context import RenderContext
from corotui.console.render.layout import Row, StyledLine, spread
from corotui.console.render.row_ids import LogRow
from corotui.console.style.formatting import format_clock


def render_log_entry(entry: LogEntry, context: RenderContext, *, node_count: int, name_width: int) -> Row:
    """Returns one row. `node_count`: nodes of the cluster; `name_width`: cells of the column of node names."""
    row_id = LogRow(id(entry))
    nodes = StyledLine(format_node_names(entry.nodes, node_count)).pad(name_width)
    if entry.kind == "command":
        left = StyledLine(nodes, "  ", ("$ ", "context"), entry.text)
        return Row(spread(left, _render_outcome(entry, context), context.width), row_id)
    if entry.kind == "output":
        return Row(StyledLine(nodes, "    ", (entry.text.expandtabs(4), "context")).truncate(context.width), row_id)
    glyphs = {
        "bad": StyledLine((f"{context.glyphs.failed} ", "broken")),
        "needs": StyledLine((f"{context.glyphs.needs} ", "needs")),
    }
    left = StyledLine(nodes, "  ", glyphs.get(entry.kind, StyledLine()), entry.text)
    return Row(spread(left, StyledLine((format_clock(entry.timestamp), "context")), context.width), row_id)


def render_entry_text(entry: LogEntry, context: RenderContext) -> list[Row]:
    """Returns the whole entry: a command in the form a shell takes, with its script."""
    text = entry.full_command or entry.text
    lines = [line.expandtabs(4) for line in lines_of(text)]
    width = context.width
    return [
        Row(StyledLine(line[start : start + width])) for line in lines for start in range(0, max(1, len(line)), width)
    ]


def _render_outcome(entry: LogEntry, context: RenderContext) -> StyledLine:
    if entry.running:
        return StyledLine((f"{context.glyphs.current} {format_age(context.now - entry.timestamp)}", "accent"))
    if entry.failed:
        return StyledLine((f"{context.glyphs.failed} {entry.failed}", "broken"))
    return StyledLine((format_duration(entry.seconds or 0.0), "context"))
