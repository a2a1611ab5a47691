"""What the console paints on: signs, colours, clock. One object shared by all widgets; the palette may change."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style as Look
from textual.strip import Strip

from corotui.console.glyphs import Glyphs
from corotui.console.paint.frame import Frame
from corotui.console.paint.line import Line
from corotui.console.theme import Palette


@dataclass(slots=True)
class Surface:
    """`now` gives Unix seconds of the operator's clock."""

    glyphs: Glyphs
    palette: Palette
    now: Callable[[], float] = time.time

    def frame(self, width: int, height: int) -> Frame:
        """What painters need, for a room of this size."""
        return Frame(max(1, width), max(1, height), self.now(), self.glyphs)

    def strip(self, line: Line, width: int, *, ground: Look | None = None) -> Strip:
        """The line as Textual writes it, `width` cells wide, on `ground`."""
        looks, fit = self.palette.looks, self.glyphs.fit
        base = ground or looks[""]
        segments = [
            Segment(fit(text), looks[style] + ground if ground else looks[style]) for text, style in line.pieces
        ]
        return Strip(segments, line.width).adjust_cell_length(width, base)
