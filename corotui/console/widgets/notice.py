"""What the console says: a sentence over the log, wrapped, until the next key or until its cause is gone."""

from __future__ import annotations

from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from corotui.console.paint.line import EMPTY, Line, Style, wrapped
from corotui.console.surface import Surface

_MOST_LINES = 6


class Notice(Widget):
    """`say` shows a passing sentence; `hold` one that stays (the last failure). The passing one covers the other."""

    DEFAULT_CSS = "Notice { height: auto; display: none; }"

    def __init__(self, surface: Surface, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.surface = surface
        self._passing: tuple[str, Style] = ("", "")
        self._held = ""

    @property
    def text(self) -> str:
        """The sentence that is shown, "" for none."""
        return self._passing[0] or self._held

    def say(self, text: str, style: Style = "") -> None:
        """Until the next key."""
        self._change((text, style), self._held)

    def hold(self, text: str) -> None:
        """Until it is held no more."""
        self._change(self._passing, text)

    def hush(self) -> None:
        """Takes the passing sentence away."""
        self._change(("", ""), self._held)

    def _change(self, passing: tuple[str, Style], held: str) -> None:
        if (passing, held) != (self._passing, self._held):
            self._passing, self._held = passing, held
            self.display = bool(self.text)
            self.refresh(layout=True)

    def _lines(self, width: int) -> list[Line]:
        text, style = self._passing if self._passing[0] else (self._held, "")
        first: Line | str = " "
        if not self._passing[0]:
            first = Line(" ", (f"{self.surface.glyphs.needs} ", "needs"))
        return wrapped(text, max(8, width - 1), first=first, style=style, hang=Line(first).width)[:_MOST_LINES]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width)) if self.text else 0

    def render_line(self, y: int) -> Strip:
        lines = self._lines(self.size.width)
        return self.surface.strip(lines[y] if y < len(lines) else EMPTY, self.size.width)
