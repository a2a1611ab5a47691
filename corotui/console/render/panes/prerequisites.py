"""The Prerequisites step: what each node lacks, and the commands that mend it."""

from __future__ import annotations

from corotui.cluster.finding import Finding, Severity, by_severity
from corotui.cluster.phrasing import format_count
from corotui.console.render.context import BLANK_ROW, RenderContext
from corotui.console.render.findings import render_finding, summarize_findings
from corotui.console.render.layout import Row, StyledLine, spread
from corotui.console.render.panes.nodes import system_summary
from corotui.workflow.state import NodeStatus, Step, WorkflowState


def render_prerequisites(state: WorkflowState, context: RenderContext, *, show_ok: bool = False) -> list[Row]:
    """Findings under the node they were found on; what is fine is only counted unless `fine`."""
    found = state.findings_by_step.get(Step.PREREQUISITES, ())
    if not state.nodes:
        return context.note("There is no node yet. Add one in the step Nodes.")
    rows: list[Row] = []
    whole = [finding for finding in found if finding.node is None]
    if whole:
        rows += [Row(StyledLine(("all nodes", "strong"))), *_render_findings(whole, context, show_ok), BLANK_ROW]
    for status in state.nodes:
        mine = [finding for finding in found if finding.node == status.name]
        rows += _render_heading(status, mine, context)
        if mine or status.facts is not None:
            rows += _render_findings(mine, context, show_ok)
        if len(rows) and status is not state.nodes[-1]:
            rows.append(BLANK_ROW)
    return rows


def _render_heading(status: NodeStatus, findings: list[Finding], context: RenderContext) -> list[Row]:
    name = StyledLine((status.name, "strong"))
    if status.facts is None:
        if status.connection.is_down:
            return [
                Row(spread(name, context.connection_line(status), context.width)),
                *context.note(status.error or "It has not answered.", style="", indent=1),
            ]
        return [Row(spread(name, StyledLine(("not looked at yet", "context")), context.width))]
    age = context.ago(status.facts.taken_at)
    seen = age if status.live else f"{context.glyphs.stale} {age}"
    left = StyledLine(name, "  ", (system_summary(status.facts), "context"))
    right = StyledLine(
        (f"{summarize_findings(findings)}  " if context.width >= 90 else "", "context"), (seen, "context")
    )
    return [Row(spread(left, right, context.width))]


def _render_findings(findings: list[Finding], context: RenderContext, show_ok: bool) -> list[Row]:
    rows: list[Row] = []
    good = [finding for finding in findings if finding.severity is Severity.OK]
    for finding in by_severity([f for f in findings if f.severity is not Severity.OK]):
        rows += render_finding(finding, context)
    if show_ok:
        for finding in good:
            rows += render_finding(finding, context, show_commands=False)
    elif good:
        rows.append(Row(StyledLine(" ", (context.glyphs.done, ""), f" {format_count(len(good), 'thing')} fine")))
    if not findings:
        rows.append(Row(StyledLine(" ", (context.glyphs.done, ""), " nothing is missing")))
    return rows
