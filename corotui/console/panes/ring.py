"""The Ring step."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.console.key_bindings import KeyBinding
from corotui.console.panes.base import StepPane
from corotui.console.render.context import RenderContext
from corotui.console.render.layout import Row
from corotui.console.render.panes.ring import render_ring
from corotui.workflow.state import Step, WorkflowState


class RingPane(StepPane):
    """Shows the ring, which is watched all the time. `d` opens the doctor."""

    step = Step.RING

    def activate(self) -> None:
        self.console.watch_ring()

    def render_rows(self, state: WorkflowState, context: RenderContext) -> Sequence[Row]:
        return render_ring(state, self.console.latency_history.samples, context)

    def enter(self) -> None:
        self.console.say("The ring updates by itself. d asks the doctor what is wrong.")

    def key_bindings(self, state: WorkflowState) -> Sequence[KeyBinding]:
        return (KeyBinding("d", "doctor", self.console.open_doctor, help="ask the doctor what is wrong, and why"),)
