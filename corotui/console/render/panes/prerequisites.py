"""Renders the Prerequisites step: what is wrong on each node, and the commands that fix it."""

from __future__ import annotations

from corotui.cluster.finding import Finding, Severity, by_severity
from corotui.cluster.phrasing import format_count
from corotui.console.render.context import BLANK_ROW, RenderContext
from corotui.console.render.findings import render_finding, summarize_findings
from corotui.console.render.layout import Row, StyledLine, spread
from corotui.console.render.panes.nodes import system_summary
from corotui.workflow.state import NodeStatus, Step, WorkflowState


def render_prerequisites(state: WorkflowState, context: RenderContext, *, show_ok: bool = False) -> list[Row]:
    """Returns the findings of each node. What is fine is only counted, unless `show_ok`."""
    findings = state.findings_of(Step.PREREQUISITES)
    if not state.nodes:
        return context.note("There is no node yet. Add one in the step Nodes.")
    rows: list[Row] = []
    cluster_findings = [finding for finding in findings if finding.node is None]
    if cluster_findings:
        rows += [
            Row(StyledLine(("all nodes", "strong"))),
            *_render_findings(cluster_findings, context, show_ok),
            BLANK_ROW,
        ]
    for status in state.nodes:
        node_findings = [finding for finding in findings if finding.node == status.name]
        rows += _render_heading(status, node_findings, context)
        if node_findings or status.facts is not None:
            rows += _render_findings(node_findings, context, show_ok)
        if status is not state.nodes[-1]:
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
        return [Row(spread(name, StyledLine(("not checked yet", "context")), context.width))]
    ago = context.ago(status.facts.taken_at)
    checked = ago if status.live else f"{context.glyphs.stale} {ago}"
    left = StyledLine(name, "  ", (system_summary(status.facts), "context"))
    right = StyledLine(
        (f"{summarize_findings(findings)}  " if context.width >= 90 else "", "context"), (checked, "context")
    )
    return [Row(spread(left, right, context.width))]


def _render_findings(findings: list[Finding], context: RenderContext, show_ok: bool) -> list[Row]:
    rows: list[Row] = []
    ok_findings = [finding for finding in findings if finding.severity is Severity.OK]
    for finding in by_severity([f for f in findings if f.severity is not Severity.OK]):
        rows += render_finding(finding, context)
    if show_ok:
        for finding in ok_findings:
            rows += render_finding(finding, context, show_commands=False)
    elif ok_findings:
        rows.append(Row(StyledLine(" ", (context.glyphs.done, ""), f" {format_count(len(ok_findings), 'thing')} fine")))
    if not findings:
        rows.append(Row(StyledLine(" ", (context.glyphs.done, ""), " nothing is missing")))
    return rows
