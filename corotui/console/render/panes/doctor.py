"""The doctor: causes with their evidence, what was ruled out, and the remedy."""

from __future__ import annotations

from corotui.cluster.finding import Evidence, Finding, Severity
from corotui.cluster.phrasing import format_count
from corotui.console.render.context import BLANK_ROW, RenderContext
from corotui.console.render.findings import finding_key, render_remedy
from corotui.console.render.layout import Row, StyledLine, spread, wrap_text
from corotui.workflow.state import WorkflowState


def render_doctor(state: WorkflowState, context: RenderContext) -> list[Row]:
    """Findings, the likeliest first; each is an item."""
    if state.doctor is None:
        words = "The nodes are being examined." if state.busy else "r examines the nodes. It only reads."
        return context.note(words, style="")
    bad = [finding for finding in state.doctor if finding.severity is not Severity.OK]
    rows: list[Row] = []
    if not bad:
        rows += context.note("Nothing is wrong that the doctor knows.", style="")
    for finding in bad:
        if rows:
            rows.append(BLANK_ROW)
        rows += _render_cause(finding, context)
    fine = len(state.doctor) - len(bad)
    if fine:
        rows += [BLANK_ROW, Row(StyledLine((context.glyphs.done, ""), f" {format_count(fine, 'thing')} fine"))]
    return rows


def _render_cause(finding: Finding, context: RenderContext) -> list[Row]:
    sure = "certain" if finding.certain else "likely"
    where = f"{finding.node}: " if finding.node and finding.node not in finding.what else ""
    first = StyledLine(context.severity_sign(finding.severity), " ")
    lines = wrap_text(where + finding.what, context.width - len(sure) - 2, prefix=first, indent=2)
    lines[0] = spread(lines[0], StyledLine((sure, "context")), context.width)
    if finding.why:
        lines += wrap_text(finding.why, context.width, style="context", prefix="  ", indent=2)
    for evidence in finding.evidence:
        lines += _render_evidence(evidence, context)
    if finding.ruled_out:
        lines += wrap_text(
            "not: " + ", ".join(finding.ruled_out), context.width, style="context", prefix="  ", indent=7
        )
    for remedy in finding.remedies[:1]:
        title = remedy.title[:1].upper() + remedy.title[1:] if remedy.title else "Mend it"
        lines += wrap_text(title, context.width, prefix="  ", indent=2)
        lines += render_remedy(remedy, context, indent=4, max_commands=3)
    return [Row(line, finding_key(finding)) for line in lines]


def _render_evidence(evidence: Evidence, context: RenderContext) -> list[StyledLine]:
    source = ", ".join(part for part in (evidence.source, evidence.node) if part)
    first = StyledLine("    ")
    if len(evidence.text) + len(source) + 7 <= context.width:
        return [spread(StyledLine(first, evidence.text), StyledLine((source, "context")), context.width)]
    lines = wrap_text(evidence.text, context.width, prefix=first, indent=4)
    return lines + (wrap_text(source, context.width, style="context", prefix="      ", indent=6) if source else [])
