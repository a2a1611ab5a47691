"""The doctor: beside the walk, opened from the ring and by `:doctor`."""

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
    """Causes; Enter shows the commands of the one under the cursor, asks, and runs them."""

    step = Step.RING

    def title(self) -> str:
        return "Doctor"

    def summary(self, state: WorkflowState) -> str:
        return summarize_findings(state.doctor) if state.doctor else ""

    def help_topic(self) -> HelpTopic:
        return DOCTOR_HELP

    def activate(self) -> None:
        if not self.state.busy:
            self.do_examine()

    def render_rows(self, state: WorkflowState, context: RenderContext) -> Sequence[Row]:
        return render_doctor(state, context)

    def _chosen_finding(self, state: WorkflowState) -> Finding | None:
        return self.selected_finding(state.doctor or ())

    def action(self, state: WorkflowState) -> Action:
        finding = self._chosen_finding(state)
        if finding is None or not any(remedy.is_automatic for remedy in finding.remedies):
            return Action(
                "examine again", ActionKind.DISCOVER, enabled=not state.busy, reason="The nodes are being examined."
            )
        return Action("show, then run", ActionKind.FIX, enabled=not state.busy, reason=self.disabled_reason(state))

    def enter(self) -> None:
        why = self.disabled_reason(self.state)
        finding = self._chosen_finding(self.state)
        if self.action(self.state).kind is ActionKind.DISCOVER and not self.state.busy:
            self.do_examine()
        elif why:
            self.console_app.say(why)
        elif finding is not None:
            self.fix(finding)

    async def run_fix(self, finding: Finding) -> None:
        await super().run_fix(finding)
        await self.console_app.workflow.verify_fix([finding])

    def key_bindings(self, state: WorkflowState) -> Sequence[KeyBinding]:
        return (
            KeyBinding("r", "examine again", "examine", self.disabled_reason(state, changes=False)),
            KeyBinding("escape", "to the ring", "close"),
        )

    def escape(self) -> bool:
        if not super().escape():
            self.console_app.close_doctor()
        return True

    def do_close(self) -> None:
        self.console_app.close_doctor()

    def do_examine(self) -> None:
        self.console_app.run_in_background(self.console_app.workflow.diagnose())
