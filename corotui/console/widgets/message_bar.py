"""Messages of the console, above the log."""

from __future__ import annotations

from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from corotui.console.render.layout import EMPTY_LINE, StyledLine, wrap_text
from corotui.console.style.context import StyleContext

_MAX_LINES = 6  # lines of a message that are shown


class MessageBar(Widget):
    """Shows a sentence until the next key, or else the pinned one, which is usually the last failure."""

    DEFAULT_CSS = "MessageBar { height: auto; display: none; }"

    def __init__(self, style_context: StyleContext, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.style_context = style_context
        self._transient = ""
        self._pinned = ""

    @property
    def text(self) -> str:
        """The sentence that is shown, "" for none."""
        return self._transient or self._pinned

    def show_message(self, text: str) -> None:
        """Shows a sentence until `clear` is called."""
        self._set_messages(text, self._pinned)

    def pin(self, text: str) -> None:
        """Shows a sentence until another one is pinned; "" for none."""
        self._set_messages(self._transient, text)

    def clear(self) -> None:
        """Removes the sentence of `show_message`."""
        self._set_messages("", self._pinned)

    def _set_messages(self, transient: str, pinned: str) -> None:
        if (transient, pinned) != (self._transient, self._pinned):
            self._transient, self._pinned = transient, pinned
            self.display = bool(self.text)
            self.refresh(layout=True)

    def _lines(self, width: int) -> list[StyledLine]:
        prefix = StyledLine(" ")
        if not self._transient:
            prefix = StyledLine(" ", (f"{self.style_context.glyphs.needs} ", "needs"))
        return wrap_text(self.text, max(8, width - 1), prefix=prefix, indent=prefix.width)[:_MAX_LINES]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width)) if self.text else 0

    def render_line(self, y: int) -> Strip:
        lines = self._lines(self.size.width)
        return self.style_context.to_strip(lines[y] if y < len(lines) else EMPTY_LINE, self.size.width)
