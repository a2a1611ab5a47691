"""The Install step: how corosync comes onto the nodes, and where it is already."""

from __future__ import annotations

from corotui.cluster.model import Install, InstallMethod
from corotui.console.render.context import BLANK_ROW, RenderContext
from corotui.console.render.findings import render_finding
from corotui.console.render.layout import Row, StyledLine, fit_widths, table_row, wrap_text
from corotui.console.render.panes.nodes import os_name
from corotui.console.render.progress import render_progress
from corotui.errors import RefusedError, UsageError
from corotui.source.releases.options import releases_to_build
from corotui.workflow.findings import COROSYNC_MISSING
from corotui.workflow.state import NodeStatus, Step, WorkflowState

_METHODS = {
    InstallMethod.PACKAGE: "the distribution's own package",
    InstallMethod.SOURCE: "built from the release archives, then installed as packages",
    InstallMethod.PRESENT: "it is there already; nothing is installed",
}


def render_install(state: WorkflowState, context: RenderContext) -> list[Row]:
    """Methods (key "method:NAME"), then each node (key "node:NAME"), then findings of this step."""
    rows: list[Row] = []
    chosen = state.cluster.install
    for method, words in _METHODS.items():
        rows += _render_method(method, words, chosen, state, context)
    rows.append(BLANK_ROW)
    widths = fit_widths([max([4, *(len(n.name) for n in state.nodes)]), 24, 26], context.width)
    rows.append(Row(table_row(["node", "system", "corosync"], widths).styled("context")))
    for status in state.nodes:
        rows.append(
            Row(
                table_row([status.name, _render_system(status), _render_corosync(status, context)], widths),
                f"node:{status.name}",
            )
        )
    progress = state.other_progress
    if progress is not None and (progress.running or progress.error):
        rows += [BLANK_ROW, *render_progress(progress, context)]
    found = [finding for finding in state.findings_by_step.get(Step.INSTALL, ()) if finding.code != COROSYNC_MISSING]
    if found:
        rows.append(BLANK_ROW)
        for finding in found:
            rows += render_finding(finding, context)
    return rows


def _render_method(
    method: InstallMethod, description: str, chosen: Install, state: WorkflowState, context: RenderContext
) -> list[Row]:
    here = chosen.method is method
    sign = StyledLine(
        (context.glyphs.current, "accent") if here else " ", " ", (f"{method.value:<8}", "strong" if here else "")
    )
    if method is InstallMethod.SOURCE and here:
        where = chosen.build_node or (state.cluster.nodes[0].name if state.cluster.nodes else "the first node")
        description = f"{_release_names(chosen)}; built on {where}, then installed as packages"
    lines = wrap_text(
        description,
        context.width,
        style="" if here else "context",
        prefix=StyledLine(sign, "  "),
        indent=sign.width + 2,
    )
    return [Row(line, f"method:{method.value}") for line in lines]


def _release_names(chosen: Install) -> str:
    try:
        return ", ".join(release.label for release in reversed(releases_to_build(chosen)))
    except (RefusedError, UsageError) as error:
        return error.what.rstrip(".")


def _render_system(status: NodeStatus) -> StyledLine:
    if status.facts is None:
        return StyledLine(("not looked at yet", "context"))
    return StyledLine(os_name(status.facts))


def _render_corosync(status: NodeStatus, context: RenderContext) -> StyledLine:
    if status.facts is None:
        return StyledLine((context.glyphs.none, "context"))
    corosync = status.facts.corosync
    if not corosync.version:
        return StyledLine((context.glyphs.todo, "context"), " not installed")
    runs = ", running" if corosync.running else ""
    return StyledLine((context.glyphs.done, ""), f" {corosync.version}{runs}")
