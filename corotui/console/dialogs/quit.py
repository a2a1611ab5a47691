"""Asks what to do with running work when the operator quits."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.console.dialogs.base import Dialog
from corotui.console.render.context import RenderContext
from corotui.console.render.layout import Row
from corotui.console.style.context import StyleContext
from corotui.console.widgets.button_row import DialogButton


class QuitDialog(Dialog[str]):
    """The result is "stay", "stop" or "leave"."""

    def __init__(self, style_context: StyleContext, work: str) -> None:
        """`work`: what is running ("rolling out to 3 nodes")."""
        super().__init__(style_context)
        self._work = work

    def heading(self) -> str:
        return "Work is running"

    def body(self, context: RenderContext) -> Sequence[Row]:
        return [
            *context.note(f"Still running: {self._work}.", style=""),
            *context.note(
                "If you stop it, it ends at its next safe point: every node as before, or every node changed."
            ),
            *context.note(
                "If you let it run, it goes on in this terminal without the screen, and tells you when it is done."
            ),
        ]

    def buttons(self) -> Sequence[DialogButton]:
        return (
            DialogButton("n", "stay here", "stay"),
            DialogButton("s", "stop it, then quit", "stop"),
            DialogButton("r", "quit, let it run", "leave"),
        )

    def choose(self, value: str) -> None:
        self.answer(value)
