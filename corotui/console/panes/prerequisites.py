"""The Prerequisites step."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.cluster.finding import Severity
from corotui.console.key_bindings import KeyBinding
from corotui.console.panes.base import StepPane
from corotui.console.render.context import BLANK_ROW, RenderContext
from corotui.console.render.layout import Row
from corotui.console.render.panes.prerequisites import render_prerequisites
from corotui.console.render.progress import render_progress
from corotui.workflow.state import Step, WorkflowState


class PrerequisitesPane(StepPane):
    """Findings per node; Enter mends all that corotui can, `m` one."""

    step = Step.PREREQUISITES
    _show_ok = False

    def render_rows(self, state: WorkflowState, context: RenderContext) -> Sequence[Row]:
        rows = render_prerequisites(state, context, show_ok=self._show_ok)
        progress = state.other_progress
        if progress is not None and progress.running:
            return [*render_progress(progress, context), BLANK_ROW, *rows]
        return rows

    def key_bindings(self, state: WorkflowState) -> Sequence[KeyBinding]:
        found = state.findings_by_step.get(Step.PREREQUISITES, ())
        fine = any(finding.severity is Severity.OK for finding in found)
        none = "" if fine else "Only what is wrong was found worth telling."
        return (
            self.fix_key(found, state),
            KeyBinding("r", "look again", "look", self.disabled_reason(state, changes=False)),
            KeyBinding("o", "show less" if self._show_ok else "show what is fine", "fine", none),
        )

    def do_mend(self) -> None:
        finding = self.selected_finding(self.state.findings_by_step.get(Step.PREREQUISITES, ()))
        if finding is not None:
            self.fix(finding)

    def do_look(self) -> None:
        self.console_app.discover()

    def do_fine(self) -> None:
        self._show_ok = not self._show_ok
