"""The log pane: the exact commands, per node, as they run."""

from __future__ import annotations

from corotui.console.feed import Entry
from corotui.console.paint.frame import Frame
from corotui.console.paint.line import Line, Row, ends
from corotui.console.words import age, clock, names, took


def log_row(entry: Entry, frame: Frame, *, everybody: int, key: str, column: int) -> Row:
    """One line. `everybody`: how many nodes there are; `column`: width of the column of names."""
    who = Line(names(entry.nodes, everybody)).pad(column)
    if entry.kind == "command":
        left = Line(who, "  ", ("$ ", "context"), entry.text)
        return Row(ends(left, _end(entry, frame), frame.width), key)
    if entry.kind == "output":
        return Row(Line(who, "    ", (entry.text.expandtabs(4), "context")).fit(frame.width), key)
    sign = {"bad": Line((f"{frame.glyphs.failed} ", "broken")), "needs": Line((f"{frame.glyphs.needs} ", "needs"))}
    left = Line(who, "  ", sign.get(entry.kind, Line()), entry.text)
    return Row(ends(left, Line((clock(entry.at), "context")), frame.width), key)


def entry_rows(entry: Entry, frame: Frame) -> list[Row]:
    """All of it, for reading: a command as a shell takes it, its script included."""
    text = entry.full or entry.text
    lines = [line.expandtabs(4) for line in text.splitlines()]
    width = frame.width
    return [Row(Line(line[at : at + width])) for line in lines for at in range(0, max(1, len(line)), width)]


def _end(entry: Entry, frame: Frame) -> Line:
    if entry.running:
        return Line((f"{frame.glyphs.here} {age(frame.now - entry.at)}", "accent"))
    if entry.failed:
        return Line((f"{frame.glyphs.failed} {entry.failed}", "broken"))
    return Line((took(entry.seconds or 0.0), "context"))
