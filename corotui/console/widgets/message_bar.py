"""What the console says: a sentence over the log, wrapped, until the next key or until its cause is gone."""

from __future__ import annotations

from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from corotui.console.render.layout import EMPTY_LINE, StyledLine, StyleName, wrap_text
from corotui.console.style.context import StyleContext

_MOST_LINES = 6


class MessageBar(Widget):
    """`say` shows a passing sentence; `hold` one that stays (the last failure). The passing one covers the other."""

    DEFAULT_CSS = "MessageBar { height: auto; display: none; }"

    def __init__(self, style_context: StyleContext, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.style_context = style_context
        self._transient: tuple[str, StyleName] = ("", "")
        self._pinned = ""

    @property
    def text(self) -> str:
        """The sentence that is shown, "" for none."""
        return self._transient[0] or self._pinned

    def show_message(self, text: str, style: StyleName = "") -> None:
        """Until the next key."""
        self._set_messages((text, style), self._pinned)

    def pin(self, text: str) -> None:
        """Until it is held no more."""
        self._set_messages(self._transient, text)

    def clear(self) -> None:
        """Takes the passing sentence away."""
        self._set_messages(("", ""), self._pinned)

    def _set_messages(self, transient: tuple[str, StyleName], pinned: str) -> None:
        if (transient, pinned) != (self._transient, self._pinned):
            self._transient, self._pinned = transient, pinned
            self.display = bool(self.text)
            self.refresh(layout=True)

    def _lines(self, width: int) -> list[StyledLine]:
        text, style = self._transient if self._transient[0] else (self._pinned, "")
        first: StyledLine | str = " "
        if not self._transient[0]:
            first = StyledLine(" ", (f"{self.style_context.glyphs.needs} ", "needs"))
        return wrap_text(text, max(8, width - 1), prefix=first, style=style, indent=StyledLine(first).width)[
            :_MOST_LINES
        ]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width)) if self.text else 0

    def render_line(self, y: int) -> Strip:
        lines = self._lines(self.size.width)
        return self.style_context.to_strip(lines[y] if y < len(lines) else EMPTY_LINE, self.size.width)
