"""A widget of one line."""

from __future__ import annotations

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from corotui.console.paint.line import EMPTY, Line
from corotui.console.surface import Surface


class OneLine(Widget):
    """Shows a line; writes to the terminal only when it changes."""

    DEFAULT_CSS = "OneLine { height: 1; width: 1fr; }"

    def __init__(self, surface: Surface, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.surface = surface
        self._line = EMPTY

    @property
    def line(self) -> Line:
        """What is shown."""
        return self._line

    def show(self, line: Line) -> None:
        """Replaces the line."""
        if line != self._line:
            self._line = line
            self.refresh(Region(0, 0, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        return self.surface.strip(self._line if y == 0 else EMPTY, self.size.width)


class Rule(OneLine):
    """A single rule over its whole width."""

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        return self.surface.strip(Line((self.surface.glyphs.rule * width, "rule")), width)
