"""The last line: the keys that matter now."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.message import Message

from corotui.console.keys import Key, key_line
from corotui.console.surface import Surface
from corotui.console.widgets.one_line import OneLine


class KeyLine(OneLine):
    """Shows as many of the offered keys as fit; each can be clicked."""

    class Clicked(Message):
        """A key was clicked."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, surface: Surface, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(surface, id=id)
        self._keys: Sequence[Key] = ()
        self._places: list[tuple[int, int, str]] = []

    def offer(self, keys: Sequence[Key]) -> None:
        """The keys to show, the most important first."""
        self._keys = keys
        self._paint()

    def on_resize(self) -> None:
        self._paint()

    def on_click(self, event: events.Click) -> None:
        for start, end, key in self._places:
            if start <= event.x < end:
                self.post_message(self.Clicked(key))

    def _paint(self) -> None:
        line, self._places = key_line(self._keys, self.size.width, self.surface.glyphs)
        self.show(line)
