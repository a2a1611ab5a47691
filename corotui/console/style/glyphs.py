"""The glyphs of the console, in Unicode and in ASCII."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Glyphs:
    """A set of glyphs. Each takes one cell, except `enter` and `spark`."""

    done: str
    """Finished, or fine."""
    current: str
    """The current step, or what is running."""
    todo: str
    """Not done yet."""
    needs: str
    """Needs the operator."""
    failed: str
    """Failed, or broken."""
    stale: str
    """Known, but old."""
    up: str
    """Connected."""
    down: str
    """Not connected."""
    partial: str
    """Partly connected, or in progress."""
    rule: str
    """A piece of a horizontal rule."""
    column: str
    """A piece of a vertical rule."""
    bar: str
    """The cursor of a list."""
    none: str
    """Nothing to show in a cell of a table."""
    below: str
    """Points at the rows below a heading."""
    enter: str
    """The Enter key."""
    separator: str
    """Between parts of a line."""
    more: str
    """The end of text that was cut."""
    spark: str
    """Eight heights for sparklines, the lowest first."""
    ascii_only: bool
    """Whether the terminal must get no character outside ASCII."""

    def transliterate(self, text: str) -> str:
        """Replaces characters that this set must not show, one for one. Node names and texts of other rooms may hold
        any character."""
        if not self.ascii_only or text.isascii():
            return text
        return "".join(ch if ch < "\x80" else _ASCII_FOR.get(ch, "?") for ch in text)


UNICODE = Glyphs(
    done="✓",
    current="▸",
    todo="·",
    needs="!",
    failed="✗",
    stale="~",
    up="●",
    down="○",
    partial="◐",
    rule="─",
    column="│",
    bar="▌",
    none="—",
    below="↓",
    enter="↵",
    separator="·",
    more="…",
    spark="▁▂▃▄▅▆▇█",
    ascii_only=False,
)

ASCII = Glyphs(
    done="+",
    current=">",
    todo=".",
    needs="!",
    failed="x",
    stale="~",
    up="*",
    down="o",
    partial="%",
    rule="-",
    column="|",
    bar="|",
    none="-",
    below="v",
    enter="Enter",
    separator="-",
    more=".",
    spark="__..--==",
    ascii_only=True,
)

_ASCII_FOR = {
    glyph: plain
    for name in Glyphs.__slots__
    if name not in ("ascii_only", "spark", "enter", "separator")
    for glyph, plain in [(getattr(UNICODE, name), getattr(ASCII, name))]
} | {"·": "-", "→": ">", "←": "<", "–": "-", "“": '"', "”": '"', "‘": "'", "’": "'", "×": "x", "±": "~", "µ": "u"}
