"""The Review step."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.console.key_bindings import KeyBinding
from corotui.console.panes.base import StepPane
from corotui.console.render.context import RenderContext
from corotui.console.render.layout import Row
from corotui.console.render.panes.review import render_review
from corotui.workflow.state import Step, WorkflowState


class ReviewPane(StepPane):
    """Shows what the rollout will do. Making the plan reads the nodes and changes nothing."""

    step = Step.REVIEW

    def activate(self) -> None:
        self.console.plan_if_needed()

    def render_rows(self, state: WorkflowState, context: RenderContext) -> Sequence[Row]:
        return render_review(state, context)

    def key_bindings(self, state: WorkflowState) -> Sequence[KeyBinding]:
        no_conf = "" if state.conf is not None else "There is no corosync.conf yet."
        reason = self.disabled_reason(state, changes=False) or no_conf
        return (KeyBinding("r", "plan again", self._plan, reason, "compare the nodes again"),)

    def _plan(self) -> None:
        self.console.background.start(self.console.workflow.plan)
