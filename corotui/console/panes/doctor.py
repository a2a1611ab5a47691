"""The doctor, which is shown instead of a step: opened from the ring and by `:doctor`."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.cluster.finding import Finding
from corotui.console.key_bindings import KeyBinding
from corotui.console.panes.base import StepPane
from corotui.console.render.context import RenderContext
from corotui.console.render.findings import summarize_findings
from corotui.console.render.help import DOCTOR_HELP, HelpTopic
from corotui.console.render.layout import Row
from corotui.console.render.panes.doctor import render_doctor
from corotui.workflow.next_action import Action, ActionKind
from corotui.workflow.state import Step, WorkflowState


class DoctorPane(StepPane):
    """Shows causes. Enter shows the commands that fix the selected one, asks, and runs them."""

    step = Step.RING

    def title(self) -> str:
        return "Doctor"

    def summary(self, state: WorkflowState) -> str:
        return summarize_findings(state.doctor) if state.doctor else ""

    def help_topic(self) -> HelpTopic:
        return DOCTOR_HELP

    def activate(self) -> None:
        if not self.state.busy:
            self._examine()

    def render_rows(self, state: WorkflowState, context: RenderContext) -> Sequence[Row]:
        return render_doctor(state, context)

    def _selected_cause(self, state: WorkflowState) -> Finding | None:
        return self.selected_finding(state.doctor or ())

    def action(self, state: WorkflowState) -> Action:
        finding = self._selected_cause(state)
        if finding is None or not any(remedy.is_automatic for remedy in finding.remedies):
            return Action(
                "examine again", ActionKind.DISCOVER, enabled=not state.busy, reason="The nodes are being examined."
            )
        return Action("show the fix", ActionKind.FIX, enabled=not state.busy, reason=self.disabled_reason(state))

    def enter(self) -> None:
        reason = self.disabled_reason(self.state)
        finding = self._selected_cause(self.state)
        if self.action(self.state).kind is ActionKind.DISCOVER and not self.state.busy:
            self._examine()
        elif reason:
            self.console.say(reason)
        elif finding is not None:
            self.fix(finding)

    async def run_fix(self, finding: Finding) -> None:
        await super().run_fix(finding)
        await self.console.workflow.verify_fix([finding])

    def key_bindings(self, state: WorkflowState) -> Sequence[KeyBinding]:
        reason = self.disabled_reason(state, changes=False)
        return (
            KeyBinding("r", "examine again", self._examine, reason),
            KeyBinding("escape", "to the ring", self.console.close_doctor),
        )

    def _examine(self) -> None:
        self.console.background.start(self.console.workflow.diagnose)
