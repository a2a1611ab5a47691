"""Asks for a password or a passphrase, which is kept in memory only."""

from __future__ import annotations

from collections.abc import Sequence

from textual.widget import Widget
from textual.widgets import Input

from corotui.console.dialogs.base import Dialog
from corotui.console.render.context import RenderContext
from corotui.console.render.layout import Row
from corotui.console.style.context import StyleContext
from corotui.console.widgets.button_row import DialogButton


class SecretDialog(Dialog[str | None]):
    """The result is the secret; None if the operator declined."""

    DEFAULT_CSS = """
    SecretDialog Input { border: none; height: 1; margin: 1 0 0 1; padding: 0; background: $panel; }
    """
    AUTO_FOCUS = "Input"

    def __init__(self, style_context: StyleContext, title: str, *, text: str = "") -> None:
        """`title`: the heading ("sudo on node1"). `text`: what the secret is for."""
        super().__init__(style_context)
        self._heading = title
        self._text = text

    def heading(self) -> str:
        return self._heading

    def body(self, context: RenderContext) -> Sequence[Row]:
        return context.note(self._text, style="") if self._text else []

    def fields(self) -> Sequence[Widget]:
        field = Input(password=True, classes="field", select_on_focus=False)
        field.cursor_blink = False
        return (field,)

    def buttons(self) -> Sequence[DialogButton]:
        return (DialogButton("esc", "go on without", "no"), DialogButton("enter", "use it", "yes"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.choose("yes")

    def choose(self, value: str) -> None:
        field = self.query_one(Input)
        secret = field.value
        field.value = ""
        self.answer(secret if value == "yes" and secret else None)
