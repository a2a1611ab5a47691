"""The input line that `:` and `/` open in place of the line of keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input

from corotui.console.render.layout import StyledLine
from corotui.console.style.context import StyleContext
from corotui.console.widgets.status_line import StatusLine


class CommandInput(Horizontal):
    """Shows its prefix and an input field. Reports each change, and at the end what was typed."""

    DEFAULT_CSS = """
    CommandInput { height: 1; }
    CommandInput StatusLine { width: 2; }
    CommandInput Input { border: none; height: 1; padding: 0; width: 1fr; background: $background; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,ctrl+c", "decline", show=False, priority=True)]

    class Changed(Message):
        """The text has changed."""

        def __init__(self, prefix: str, text: str, *, in_log: bool) -> None:
            super().__init__()
            self.prefix = prefix
            self.text = text
            self.in_log = in_log

    class Closed(Message):
        """The line was closed with Enter or Esc."""

        def __init__(self, prefix: str, text: str | None, *, in_log: bool) -> None:
            super().__init__()
            self.prefix = prefix
            self.text = text
            """What was typed; None if a command was cancelled. "" takes a filter away."""
            self.in_log = in_log

    def __init__(self, style_context: StyleContext, suggestions: Sequence[str], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.style_context = style_context
        self._suggester = SuggestFromList(suggestions)
        self._prefix = ":"
        self._in_log = False

    def compose(self) -> ComposeResult:
        yield StatusLine(self.style_context)
        field = Input(select_on_focus=False)
        field.cursor_blink = False
        yield field

    def open(self, prefix: str, *, in_log: bool = False) -> None:
        """Shows the line and takes the focus. `in_log`: `/` filters the log, not the pane."""
        self._prefix, self._in_log = prefix, in_log
        self.query_one(StatusLine).show(StyledLine(" ", (prefix, "key")))
        field = self.query_one(Input)
        field.suggester = self._suggester if prefix == ":" else None
        field.value = ""
        self.display = True
        field.focus()

    def action_decline(self) -> None:
        """Esc: closes the line, and removes a filter that was being typed."""
        self._close("" if self._prefix == "/" else None)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.display:
            self.post_message(self.Changed(self._prefix, event.value, in_log=self._in_log))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._close(event.value)

    def _close(self, text: str | None) -> None:
        self.display = False
        self.post_message(self.Closed(self._prefix, text, in_log=self._in_log))
