"""Glyphs, colours and clock, in one object that all widgets share. The palette may change while the console runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from corotui.console.render.context import RenderContext
from corotui.console.render.layout import StyledLine
from corotui.console.style.glyphs import Glyphs
from corotui.console.style.theme import Palette


@dataclass(slots=True)
class StyleContext:
    """How everything looks, and what time it is."""

    glyphs: Glyphs
    """The glyphs that this terminal can show."""
    palette: Palette
    """The colours of the current theme."""
    now: Callable[[], float] = time.time
    """Returns Unix seconds of the operator's clock."""

    def render_context(self, width: int) -> RenderContext:
        """Returns what renderers need to fill `width` cells."""
        return RenderContext(max(1, width), self.now(), self.glyphs)

    def to_strip(self, line: StyledLine, width: int, *, background: Style | None = None) -> Strip:
        """Returns the line as Textual writes it, `width` cells wide. `background` goes over the styles of the line."""
        styles, transliterate = self.palette.styles, self.glyphs.transliterate
        base = background or styles[""]
        segments = [
            Segment(transliterate(text), styles[style] + background if background else styles[style])
            for text, style in line.pieces
        ]
        return Strip(segments, line.width).adjust_cell_length(width, base)
