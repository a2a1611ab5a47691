"""The Ring step."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.console.key_bindings import KeyBinding
from corotui.console.latency_history import LatencyHistory
from corotui.console.panes.base import StepPane
from corotui.console.render.context import RenderContext
from corotui.console.render.layout import Row
from corotui.console.render.panes.ring import render_ring
from corotui.workflow.state import Step, WorkflowState


class RingPane(StepPane):
    """Watches the ring by itself; `d` asks the doctor."""

    step = Step.RING

    def activate(self) -> None:
        self.console_app.watch_ring()

    def render_rows(self, state: WorkflowState, context: RenderContext) -> Sequence[Row]:
        history: LatencyHistory = self.console_app.latency_history
        return render_ring(state, history.samples, context)

    def enter(self) -> None:
        self.console_app.say("The ring is watched by itself. d asks the doctor.")

    def key_bindings(self, state: WorkflowState) -> Sequence[KeyBinding]:
        return (KeyBinding("d", "why (doctor)", "doctor", help="ask the doctor what is wrong, and why"),)

    def do_doctor(self) -> None:
        self.console_app.open_doctor()
