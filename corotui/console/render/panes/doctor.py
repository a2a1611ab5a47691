"""Renders the doctor: causes with their evidence, what was ruled out, and the remedy."""

from __future__ import annotations

from corotui.cluster.finding import Evidence, Finding, Severity
from corotui.cluster.phrasing import format_count
from corotui.console.render.context import BLANK_ROW, RenderContext
from corotui.console.render.findings import finding_row, render_remedy
from corotui.console.render.layout import Row, StyledLine, spread, wrap_text
from corotui.workflow.state import WorkflowState


def render_doctor(state: WorkflowState, context: RenderContext) -> list[Row]:
    """Returns the causes, the likeliest first."""
    if state.doctor is None:
        text = "The nodes are being examined." if state.busy else "r examines the nodes. Nothing is changed."
        return context.note(text, style="")
    causes = [finding for finding in state.doctor if finding.severity is not Severity.OK]
    rows: list[Row] = []
    if not causes:
        rows += context.note("The doctor found nothing wrong.", style="")
    for finding in causes:
        if rows:
            rows.append(BLANK_ROW)
        rows += _render_cause(finding, context)
    ok_count = len(state.doctor) - len(causes)
    if ok_count:
        rows += [BLANK_ROW, Row(StyledLine((context.glyphs.done, ""), f" {format_count(ok_count, 'thing')} fine"))]
    return rows


def _render_cause(finding: Finding, context: RenderContext) -> list[Row]:
    certainty = "certain" if finding.certain else "likely"
    prefix = f"{finding.node}: " if finding.node and finding.node not in finding.what else ""
    first = StyledLine(context.severity_glyph(finding.severity), " ")
    lines = wrap_text(prefix + finding.what, context.width - len(certainty) - 2, prefix=first, indent=2)
    lines[0] = spread(lines[0], StyledLine((certainty, "context")), context.width)
    if finding.why:
        lines += wrap_text(finding.why, context.width, style="context", prefix="  ", indent=2)
    for evidence in finding.evidence:
        lines += _render_evidence(evidence, context)
    if finding.ruled_out:
        lines += wrap_text(
            "ruled out: " + ", ".join(finding.ruled_out), context.width, style="context", prefix="  ", indent=13
        )
    for remedy in finding.remedies[:1]:
        title = remedy.title[:1].upper() + remedy.title[1:] if remedy.title else "Fix it"
        lines += wrap_text(title, context.width, prefix="  ", indent=2)
        lines += render_remedy(remedy, context, indent=4, max_commands=3)
    return [Row(line, finding_row(finding)) for line in lines]


def _render_evidence(evidence: Evidence, context: RenderContext) -> list[StyledLine]:
    source = ", ".join(part for part in (evidence.source, evidence.node) if part)
    first = StyledLine("    ")
    if len(evidence.text) + len(source) + 7 <= context.width:
        return [spread(StyledLine(first, evidence.text), StyledLine((source, "context")), context.width)]
    lines = wrap_text(evidence.text, context.width, prefix=first, indent=4)
    return lines + (wrap_text(source, context.width, style="context", prefix="      ", indent=6) if source else [])
