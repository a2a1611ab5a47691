"""`:` and `/`: one line of input in the place of the keys."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input

from corotui.console.commands import WORDS
from corotui.console.paint.line import Line
from corotui.console.surface import Surface
from corotui.console.widgets.one_line import OneLine


class Prompt(Horizontal):
    """Opens with a sign, closes with what was typed."""

    DEFAULT_CSS = """
    Prompt { height: 1; }
    Prompt OneLine { width: 2; }
    Prompt Input { border: none; height: 1; padding: 0; width: 1fr; background: $background; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,ctrl+c", "decline", show=False, priority=True)]

    class Changed(Message):
        """Something was typed."""

        def __init__(self, sign: str, text: str, *, in_log: bool) -> None:
            super().__init__()
            self.sign, self.text, self.in_log = sign, text, in_log

    class Closed(Message):
        """`text` None: declined."""

        def __init__(self, sign: str, text: str | None, *, in_log: bool) -> None:
            super().__init__()
            self.sign, self.text, self.in_log = sign, text, in_log

    def __init__(self, surface: Surface, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.surface = surface
        self._sign = ":"
        self._in_log = False

    def compose(self) -> ComposeResult:
        yield OneLine(self.surface)
        entry = Input(select_on_focus=False)
        entry.cursor_blink = False
        yield entry

    def open(self, sign: str, *, in_log: bool = False) -> None:
        """Shows the line and takes the focus."""
        self._sign, self._in_log = sign, in_log
        self.query_one(OneLine).show(Line(" ", (sign, "key")))
        entry = self.query_one(Input)
        entry.suggester = SuggestFromList(WORDS) if sign == ":" else None
        entry.value = ""
        self.display = True
        entry.focus()

    def action_decline(self) -> None:
        """Esc: closes, and a filter that was being typed is taken away."""
        self._close("" if self._sign == "/" else None)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.display:
            self.post_message(self.Changed(self._sign, event.value, in_log=self._in_log))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._close(event.value)

    def _close(self, text: str | None) -> None:
        self.display = False
        self.post_message(self.Closed(self._sign, text, in_log=self._in_log))
