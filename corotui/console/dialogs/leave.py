"""Leaving while work runs."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.console.dialogs.sheet import Sheet
from corotui.console.paint.frame import Frame
from corotui.console.paint.line import Row
from corotui.console.surface import Surface
from corotui.console.widgets.choices import Choice


class Leave(Sheet[str]):
    """Answers "stay", "stop" or "leave". `work` names what runs ("rolling out to 3 nodes")."""

    def __init__(self, surface: Surface, work: str) -> None:
        super().__init__(surface)
        self._work = work

    def heading(self) -> str:
        return "Work runs"

    def body(self, frame: Frame) -> Sequence[Row]:
        return [
            *frame.note(f"Under way: {self._work}.", style=""),
            *frame.note("Stopped, it ends at its next safe point: every node as before, or every node changed."),
            *frame.note("Left running, it goes on in this terminal without the screen, and says when it is done."),
        ]

    def choices(self) -> Sequence[Choice]:
        return (
            Choice("n", "stay here", "stay"),
            Choice("s", "stop it, then leave", "stop"),
            Choice("r", "leave it running", "leave"),
        )

    def taken(self, value: str) -> None:
        self.answer(value)
