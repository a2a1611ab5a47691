"""Renders the Install step: how corosync gets onto the nodes, and where it is already."""

from __future__ import annotations

from corotui.cluster.model import InstallMethod
from corotui.console.render.context import BLANK_ROW, RenderContext
from corotui.console.render.findings import render_finding
from corotui.console.render.layout import Row, StyledLine, fit_widths, table_row, wrap_text
from corotui.console.render.panes.nodes import os_name
from corotui.console.render.progress import render_progress
from corotui.console.render.row_ids import MethodRow, NodeRow
from corotui.workflow.findings import COROSYNC_MISSING
from corotui.workflow.state import NodeStatus, Step, WorkflowState

_METHODS = {
    InstallMethod.PACKAGE: "the distribution's own package",
    InstallMethod.SOURCE: "built from the release archives, then installed as packages",
    InstallMethod.PRESENT: "it is installed already; corotui installs nothing",
}


def render_install(state: WorkflowState, releases: str, context: RenderContext) -> list[Row]:
    """Returns the methods, then the nodes, then findings.

    `releases`: what a build from source would make ("corosync 3.1.9, libqb 2.0.8"), or why it cannot.
    """
    rows: list[Row] = []
    for method, description in _METHODS.items():
        rows += _render_method(method, description, releases, state, context)
    rows.append(BLANK_ROW)
    widths = fit_widths([max([4, *(len(n.name) for n in state.nodes)]), 24, 26], context.width)
    rows.append(Row(table_row(["node", "system", "corosync"], widths).styled("context")))
    for status in state.nodes:
        rows.append(
            Row(
                table_row([status.name, _render_system(status), _render_corosync(status, context)], widths),
                NodeRow(status.name),
            )
        )
    progress = state.other_progress
    if progress is not None and (progress.running or progress.error):
        rows += [BLANK_ROW, *render_progress(progress, context)]
    findings = [finding for finding in state.findings_of(Step.INSTALL) if finding.code != COROSYNC_MISSING]
    if findings:
        rows.append(BLANK_ROW)
        for finding in findings:
            rows += render_finding(finding, context)
    return rows


def _render_method(
    method: InstallMethod, description: str, releases: str, state: WorkflowState, context: RenderContext
) -> list[Row]:
    install = state.cluster.install
    chosen = install.method is method
    glyph = StyledLine(
        (context.glyphs.current, "accent") if chosen else " ", " ", (f"{method.value:<8}", "strong" if chosen else "")
    )
    if method is InstallMethod.SOURCE and chosen:
        node = install.build_node or (state.cluster.nodes[0].name if state.cluster.nodes else "the first node")
        description = f"{releases}; built on {node}, then installed as packages"
    lines = wrap_text(
        description,
        context.width,
        style="" if chosen else "context",
        prefix=StyledLine(glyph, "  "),
        indent=glyph.width + 2,
    )
    return [Row(line, MethodRow(method)) for line in lines]


def _render_system(status: NodeStatus) -> StyledLine:
    if status.facts is None:
        return StyledLine(("not checked yet", "context"))
    return StyledLine(os_name(status.facts))


def _render_corosync(status: NodeStatus, context: RenderContext) -> StyledLine:
    if status.facts is None:
        return StyledLine((context.glyphs.none, "context"))
    corosync = status.facts.corosync
    if not corosync.version:
        return StyledLine((context.glyphs.todo, "context"), " not installed")
    runs = ", running" if corosync.running else ""
    return StyledLine((context.glyphs.done, ""), f" {corosync.version}{runs}")
