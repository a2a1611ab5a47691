"""The log pane: the exact commands, per node, as they run."""

from __future__ import annotations

from corotui.cluster.phrasing import format_age, format_duration, format_node_names
from corotui.console.activity_log import LogEntry
from corotui.console.render.context import RenderContext
from corotui.console.render.layout import Row, StyledLine, spread
from corotui.console.style.formatting import format_clock


def render_log_entry(entry: LogEntry, context: RenderContext, *, node_count: int, key: str, name_width: int) -> Row:
    """One line. `everybody`: how many nodes there are; `column`: width of the column of names."""
    who = StyledLine(format_node_names(entry.nodes, node_count)).pad(name_width)
    if entry.kind == "command":
        left = StyledLine(who, "  ", ("$ ", "context"), entry.text)
        return Row(spread(left, _render_outcome(entry, context), context.width), key)
    if entry.kind == "output":
        return Row(StyledLine(who, "    ", (entry.text.expandtabs(4), "context")).truncate(context.width), key)
    sign = {
        "bad": StyledLine((f"{context.glyphs.failed} ", "broken")),
        "needs": StyledLine((f"{context.glyphs.needs} ", "needs")),
    }
    left = StyledLine(who, "  ", sign.get(entry.kind, StyledLine()), entry.text)
    return Row(spread(left, StyledLine((format_clock(entry.timestamp), "context")), context.width), key)


def render_entry_text(entry: LogEntry, context: RenderContext) -> list[Row]:
    """All of it, for reading: a command as a shell takes it, its script included."""
    text = entry.full_command or entry.text
    lines = [line.expandtabs(4) for line in text.splitlines()]
    width = context.width
    return [Row(StyledLine(line[at : at + width])) for line in lines for at in range(0, max(1, len(line)), width)]


def _render_outcome(entry: LogEntry, context: RenderContext) -> StyledLine:
    if entry.running:
        return StyledLine((f"{context.glyphs.current} {format_age(context.now - entry.timestamp)}", "accent"))
    if entry.failed:
        return StyledLine((f"{context.glyphs.failed} {entry.failed}", "broken"))
    return StyledLine((format_duration(entry.seconds or 0.0), "context"))
