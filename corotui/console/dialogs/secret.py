"""Asks for a password or a passphrase, which is kept in memory only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from corotui.cluster.phrasing import format_list
from corotui.cluster.text.bounded import lines_of
from corotui.console.dialogs.base import Dialog
from corotui.console.render.context import RenderContext
from corotui.console.render.layout import Row
from corotui.console.style.context import StyleContext
from corotui.console.widgets.button_row import DialogButton
from corotui.ssh.secret import Secret
from corotui.ssh.shell import SudoAnswer

_ONLY_KEY = "ctrl+o"  # printable keys go into the field


class SecretDialog(Dialog[SudoAnswer | Secret | None]):
    """The result is the secret; None if the operator declined."""

    DEFAULT_CSS = """
    SecretDialog Input { border: none; height: 1; margin: 1 0 0 1; padding: 0; background: $panel; }
    """
    AUTO_FOCUS = "Input"

    def __init__(self, style_context: StyleContext, title: str, *, text: str = "") -> None:
        """`title`: the heading ("sudo on node1"). `text`: what the secret is for, a sentence per line."""
        super().__init__(style_context)
        self._heading = title
        self._text = text

    def heading(self) -> str:
        return self._heading

    def body(self, context: RenderContext) -> Sequence[Row]:
        return [row for text in lines_of(self._text) for row in context.note(text, style="")]

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
        secret = Secret.from_text(field.value)
        field.value = ""  # the strings of the field cannot be overwritten, see Secret
        self.answer(self.result(secret, value) if value != "no" and secret else None)

    def result(self, secret: Secret, value: str) -> SudoAnswer | Secret:
        """Returns the result for what was typed and the value of the button."""
        return secret


class SudoPasswordDialog(SecretDialog):
    """Asks for a password for sudo. The result is a SudoAnswer; None if the operator declined."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding(_ONLY_KEY, "only_this_node", show=False)]

    def __init__(self, style_context: StyleContext, node: str, user: str, others: Sequence[str]) -> None:
        """`others`: the nodes that may get the password too; see `Prompter.sudo_password`."""
        text = f"sudo on {node} asks for {user}'s password. It is kept in memory"
        if others:
            text += f".\n{format_list(others)} can be given it too: you choose below."
        else:
            text += f", and used on {node} only."
        super().__init__(style_context, f"sudo on {node}", text=text)
        self._node = node
        self._others = tuple(others)

    def buttons(self) -> Sequence[DialogButton]:
        if not self._others:
            return super().buttons()
        return (
            DialogButton("esc", "go on without", "no"),
            DialogButton(_ONLY_KEY, f"only {self._node}", "only"),
            DialogButton("enter", f"use it on all {len(self._others) + 1}", "yes"),
        )

    def action_only_this_node(self) -> None:
        """Uses the password on no other node."""
        self.choose("only")

    def result(self, secret: Secret, value: str) -> SudoAnswer:
        return SudoAnswer(secret, (self._node,) if value == "only" else (self._node, *self._others))
