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
    """Shows the findings of each node. Enter fixes all that corotui can fix, `m` fixes one."""

    step = Step.PREREQUISITES
    _show_ok = False

    def render_rows(self, state: WorkflowState, context: RenderContext) -> Sequence[Row]:
        rows = render_prerequisites(state, context, show_ok=self._show_ok)
        progress = state.other_progress
        if progress is not None and progress.running:
            return [*render_progress(progress, context), BLANK_ROW, *rows]
        return rows

    def key_bindings(self, state: WorkflowState) -> Sequence[KeyBinding]:
        findings = state.findings_of(Step.PREREQUISITES)
        any_ok = any(finding.severity is Severity.OK for finding in findings)
        nothing_hidden = "" if any_ok else "Everything that was found is shown already."
        label = "hide what is fine" if self._show_ok else "show what is fine"
        return (
            self.fix_key(findings, state),
            self.discover_key(state),
            KeyBinding("o", label, self._toggle_ok, nothing_hidden),
        )

    def _toggle_ok(self) -> None:
        self._show_ok = not self._show_ok
