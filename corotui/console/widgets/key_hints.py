"""The last line of the screen: the keys that matter now."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.message import Message

from corotui.console.key_bindings import KeyBinding, render_key_hints
from corotui.console.style.context import StyleContext
from corotui.console.widgets.status_line import StatusLine


class KeyHints(StatusLine):
    """Shows as many keys as fit. Each can be clicked."""

    class Clicked(Message):
        """A key was clicked."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, style_context: StyleContext, always: Sequence[KeyBinding], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(style_context, id=id)
        self._always = always
        self._shown_keys: Sequence[KeyBinding] = ()
        self._key_spans: list[tuple[int, int, str]] = []

    def set_keys(self, keys: Sequence[KeyBinding]) -> None:
        """Replaces the keys, the most important first."""
        self._shown_keys = keys
        self._update_line()

    def on_resize(self) -> None:
        self._update_line()

    def on_click(self, event: events.Click) -> None:
        for start, end, key in self._key_spans:
            if start <= event.x < end:
                self.post_message(self.Clicked(key))

    def _update_line(self) -> None:
        line, self._key_spans = render_key_hints(
            self._shown_keys, self._always, self.size.width, self.style_context.glyphs
        )
        self.show(line)
