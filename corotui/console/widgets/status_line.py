"""Widgets that show one line."""

from __future__ import annotations

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from corotui.console.render.layout import EMPTY_LINE, StyledLine
from corotui.console.style.context import StyleContext


class StatusLine(Widget):
    """Shows a line. Writes to the terminal only when it changes."""

    DEFAULT_CSS = "StatusLine { height: 1; width: 1fr; }"

    def __init__(self, style_context: StyleContext, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.style_context = style_context
        self._line = EMPTY_LINE

    @property
    def line(self) -> StyledLine:
        """The line that is shown."""
        return self._line

    def show(self, line: StyledLine) -> None:
        """Replaces the line."""
        if line != self._line:
            self._line = line
            self.refresh(Region(0, 0, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        return self.style_context.to_strip(self._line if y == 0 else EMPTY_LINE, self.size.width)


class HorizontalRule(StatusLine):
    """A rule over the whole width."""

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        return self.style_context.to_strip(StyledLine((self.style_context.glyphs.rule * width, "rule")), width)
