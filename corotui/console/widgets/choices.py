"""The answers of a question in a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message

from corotui.console.paint.line import Line
from corotui.console.surface import Surface
from corotui.console.widgets.one_line import OneLine


@dataclass(frozen=True, slots=True)
class Choice:
    """`letter` takes it at once; `value` is what the dialog answers with."""

    letter: str
    label: str
    value: str


class Choices(OneLine, can_focus=True):
    """The first choice is the harmless one and has the focus. Arrows move, Enter takes, letters take at once."""

    class Taken(Message):
        """A choice was taken."""

        def __init__(self, value: str) -> None:
            super().__init__()
            self.value = value

    def __init__(self, surface: Surface, choices: Sequence[Choice]) -> None:
        super().__init__(surface)
        self._choices = choices
        self._at = 0
        self._places: list[tuple[int, int]] = []

    def on_mount(self) -> None:
        self._paint()

    def on_focus(self) -> None:
        self._paint()

    def on_blur(self) -> None:
        self._paint()

    def on_key(self, event: events.Key) -> None:
        if event.key in ("left", "right", "tab", "shift+tab"):
            step = -1 if event.key in ("left", "shift+tab") else 1
            self._at = (self._at + step) % len(self._choices)
            self._paint()
        elif event.key == "enter":
            self.post_message(self.Taken(self._choices[self._at].value))
        elif not self.take(event.key):
            return
        event.stop()
        event.prevent_default()

    def take(self, letter: str) -> bool:
        """Takes the choice of that letter; False where there is none."""
        for choice in self._choices:
            if choice.letter == letter:
                self.post_message(self.Taken(choice.value))
                return True
        return False

    def on_click(self, event: events.Click) -> None:
        for choice, (start, end) in zip(self._choices, self._places, strict=True):
            if start <= event.x < end:
                self.post_message(self.Taken(choice.value))

    def _paint(self) -> None:
        line, self._places = Line(" "), []
        for place, choice in enumerate(self._choices):
            start = line.width
            inner = Line((choice.letter, "key"), f" {choice.label}")
            if place == self._at and self.has_focus:
                line = Line(line, ("[", "accent"), inner.styled("strong"), ("]", "accent"), "  ")
            else:
                line = Line(line, " ", inner, "   ")
            self._places.append((start, line.width - 2))
        self.show(line)
