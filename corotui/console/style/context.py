"""What the console paints on: signs, colours, clock. One object shared by all widgets; the palette may change."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style as Look
from textual.strip import Strip

from corotui.console.render.context import RenderContext
from corotui.console.render.layout import StyledLine
from corotui.console.style.glyphs import Glyphs
from corotui.console.style.theme import Palette


@dataclass(slots=True)
class StyleContext:
    """`now` gives Unix seconds of the operator's clock."""

    glyphs: Glyphs
    palette: Palette
    now: Callable[[], float] = time.time

    def render_context(self, width: int, height: int) -> RenderContext:
        """What painters need, for a room of this size."""
        return RenderContext(max(1, width), max(1, height), self.now(), self.glyphs)

    def to_strip(self, line: StyledLine, width: int, *, background: Look | None = None) -> Strip:
        """The line as Textual writes it, `width` cells wide, on `ground`."""
        looks, fit = self.palette.looks, self.glyphs.transliterate
        base = background or looks[""]
        segments = [
            Segment(fit(text), looks[style] + background if background else looks[style]) for text, style in line.pieces
        ]
        return Strip(segments, line.width).adjust_cell_length(width, base)
