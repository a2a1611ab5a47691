"""Scrollbars drawn with one glyph, so that they can be seen without colours."""

from __future__ import annotations

from rich.color import Color
from rich.segment import Segment, Segments
from rich.style import Style
from textual.scrollbar import ScrollBar, ScrollBarRender

from corotui.console.style.glyphs import Glyphs

_DEFAULT = Color.default()


def install_renderer(glyphs: Glyphs) -> None:
    """Makes all scrollbars of Textual look like this."""
    glyph = "|" if glyphs.ascii_only else "┃"

    class GlyphScrollBar(ScrollBarRender):
        """Signs for the part that is in view, blanks for the rest."""

        @classmethod
        def render_bar(
            cls,
            size: int = 25,
            virtual_size: float = 50,
            window_size: float = 20,
            position: float = 0,
            thickness: int = 1,
            vertical: bool = True,
            back_color: Color = _DEFAULT,
            bar_color: Color = _DEFAULT,
        ) -> Segments:
            start, end = _thumb_span(size, virtual_size, window_size, position)
            above = Style(bgcolor=back_color, meta={"@mouse.down": "scroll_up"})
            below = Style(bgcolor=back_color, meta={"@mouse.down": "scroll_down"})
            bar = Style(color=bar_color, bgcolor=back_color, meta={"@mouse.down": "grab"})
            segments = [Segment(" ", above)] * start + [Segment(glyph, bar)] * (end - start)
            segments += [Segment(" ", below)] * (size - end)
            return Segments(segments, new_lines=vertical)

    ScrollBar.renderer = GlyphScrollBar


def _thumb_span(size: int, virtual_size: float, window_size: float, position: float) -> tuple[int, int]:
    """Returns the first cell of the part that is in view, and the cell after its last."""
    if not size or not window_size or virtual_size <= window_size:
        return 0, 0
    length = max(1, round(size * window_size / virtual_size))
    start = round((size - length) * position / (virtual_size - window_size))
    return max(0, min(start, size - length)), max(0, min(start, size - length)) + length
