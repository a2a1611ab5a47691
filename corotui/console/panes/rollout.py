"""The Rollout step."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.console.key_bindings import KeyBinding
from corotui.console.panes.base import StepPane
from corotui.console.render.context import RenderContext
from corotui.console.render.layout import Row
from corotui.console.render.panes.rollout import render_rollout
from corotui.workflow.state import Step, WorkflowState


class RolloutPane(StepPane):
    """Enter rolls out, after asking; Esc stops at the next safe point."""

    step = Step.ROLLOUT

    def activate(self) -> None:
        self.console_app.plan_if_needed()

    def render_rows(self, state: WorkflowState, context: RenderContext) -> Sequence[Row]:
        return render_rollout(state, context)

    def key_bindings(self, state: WorkflowState) -> Sequence[KeyBinding]:
        progress = state.rollout_progress
        why = self.disabled_reason(state)
        whole = "" if state.interrupted else "No rollout was cut off."
        keys = (
            KeyBinding("b", "roll back", "restore", why, "roll the configuration before this one out again"),
            KeyBinding(
                "x", "undo it", "undo_interrupted", why or whole, "take a rollout that was cut off back everywhere"
            ),
        )
        if progress is not None and progress.running:
            return (KeyBinding("escape", "stop here", "stop", help="stop at the next safe point"),)
        return tuple(reversed(keys)) if state.interrupted else keys

    def do_stop(self) -> None:
        self.console_app.stop()

    def do_undo_interrupted(self) -> None:
        console = self.console_app
        words = f"{self.state.interrupted} was cut off. All nodes get back what they had before."
        console.confirm(
            "Undo what was cut off", lambda: console.run_in_background(console.workflow.recover(undo=True)), text=words
        )

    def do_restore(self) -> None:
        console = self.console_app
        count = len(self.state.cluster.nodes)
        words = f"The newest corosync.conf that differs from this one goes to {count} nodes again, all or none."
        console.confirm("Roll back", lambda: console.run_in_background(console.workflow.restore(None)), text=words)
