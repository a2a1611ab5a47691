"""The buttons of a dialog, in a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message

from corotui.console.render.layout import StyledLine
from corotui.console.style.context import StyleContext
from corotui.console.widgets.status_line import StatusLine


@dataclass(frozen=True, slots=True)
class DialogButton:
    """One answer of a dialog."""

    key: str
    """Pressing it chooses the button at once."""
    label: str
    """What the answer means, in a few words."""
    value: str
    """What the dialog gets when the button is chosen."""


class ButtonRow(StatusLine, can_focus=True):
    """The first button is the harmless one and is selected at first. Arrows select, Enter chooses."""

    class Pressed(Message):
        """A button was chosen."""

        def __init__(self, value: str) -> None:
            super().__init__()
            self.value = value

    def __init__(self, style_context: StyleContext, buttons: Sequence[DialogButton]) -> None:
        super().__init__(style_context)
        self._buttons = buttons
        self._selected_index = 0
        self._button_spans: list[tuple[int, int]] = []

    def on_mount(self) -> None:
        self._update_line()

    def on_focus(self) -> None:
        self._update_line()

    def on_blur(self) -> None:
        self._update_line()

    def on_key(self, event: events.Key) -> None:
        if event.key in ("left", "right", "tab", "shift+tab"):
            step = -1 if event.key in ("left", "shift+tab") else 1
            self._selected_index = (self._selected_index + step) % len(self._buttons)
            self._update_line()
        elif event.key == "enter":
            self.post_message(self.Pressed(self._buttons[self._selected_index].value))
        elif not self.press(event.key):
            return
        event.stop()
        event.prevent_default()

    def press(self, key: str) -> bool:
        """Chooses the button with that key. Returns False if there is none."""
        for button in self._buttons:
            if button.key == key:
                self.post_message(self.Pressed(button.value))
                return True
        return False

    def on_click(self, event: events.Click) -> None:
        for button, (start, end) in zip(self._buttons, self._button_spans, strict=True):
            if start <= event.x < end:
                self.post_message(self.Pressed(button.value))

    def _update_line(self) -> None:
        line, self._button_spans = StyledLine(" "), []
        for index, button in enumerate(self._buttons):
            start = line.width
            text = StyledLine((button.key, "key"), f" {button.label}")
            if index == self._selected_index and self.has_focus:
                line = StyledLine(line, ("[", "accent"), text.styled("strong"), ("]", "accent"), "  ")
            else:
                line = StyledLine(line, " ", text, "   ")
            self._button_spans.append((start, line.width - 2))
        self.show(line)
