"""Leaving while work runs."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.console.dialogs.base import Dialog
from corotui.console.render.context import RenderContext
from corotui.console.render.layout import Row
from corotui.console.style.context import StyleContext
from corotui.console.widgets.button_row import DialogButton


class QuitDialog(Dialog[str]):
    """Answers "stay", "stop" or "leave". `work` names what runs ("rolling out to 3 nodes")."""

    def __init__(self, style_context: StyleContext, work: str) -> None:
        super().__init__(style_context)
        self._work = work

    def heading(self) -> str:
        return "Work runs"

    def body(self, context: RenderContext) -> Sequence[Row]:
        return [
            *context.note(f"Under way: {self._work}.", style=""),
            *context.note("Stopped, it ends at its next safe point: every node as before, or every node changed."),
            *context.note("Left running, it goes on in this terminal without the screen, and says when it is done."),
        ]

    def buttons(self) -> Sequence[DialogButton]:
        return (
            DialogButton("n", "stay here", "stay"),
            DialogButton("s", "stop it, then leave", "stop"),
            DialogButton("r", "leave it running", "leave"),
        )

    def choose(self, value: str) -> None:
        self.answer(value)
