"""The Ring step."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.console.history import History
from corotui.console.keys import Key
from corotui.console.paint.frame import Frame
from corotui.console.paint.line import Row
from corotui.console.paint.ring import ring_page
from corotui.console.screens.pane import StepPane
from corotui.walk.model import Picture, Step


class RingPane(StepPane):
    """Watches the ring by itself; `d` asks the doctor."""

    step = Step.RING

    def entered(self) -> None:
        self.console_app.watch_ring()

    def rows(self, picture: Picture, frame: Frame) -> Sequence[Row]:
        history: History = self.console_app.history
        return ring_page(picture, history.samples, frame)

    def enter(self) -> None:
        self.console_app.say("The ring is watched by itself. d asks the doctor.")

    def keys(self, picture: Picture) -> Sequence[Key]:
        return (Key("d", "why (doctor)", "doctor", help="ask the doctor what is wrong, and why"),)

    def do_doctor(self) -> None:
        self.console_app.open_doctor()
