"""Renders work on many nodes: a table of steps and nodes, time limits, and what has changed so far."""

from __future__ import annotations

from corotui.cluster.events import ProgressState
from corotui.cluster.phrasing import format_age, format_duration
from corotui.console.render.context import BLANK_ROW, RenderContext
from corotui.console.render.layout import Row, StyledLine, table_row, wrap_text
from corotui.console.style.formatting import format_wait
from corotui.rollout.execute.run import COMMIT
from corotui.workflow.state import Progress, ProgressCell, ProgressKind


def render_progress(progress: Progress, context: RenderContext) -> list[Row]:
    """Returns a row for each step with a cell for each node. A step without nodes is one sentence."""
    step_width = max([12, *(len(step) for step in progress.steps)])
    node_room = context.width - step_width - 2
    per_node = max(8, min(24, (node_room + 2) // max(1, len(progress.nodes)) - 2))
    nodes_per_table = max(1, (node_room + 2) // (per_node + 2))
    rows: list[Row] = []
    groups = [progress.nodes[i : i + nodes_per_table] for i in range(0, len(progress.nodes), nodes_per_table)] or [()]
    for nodes in groups:
        widths = [step_width, *([per_node] * len(nodes))]
        rows.append(Row(table_row(["step", *nodes], widths).styled("context")))
        rows += [Row(_render_step(step, nodes, widths, progress, context)) for step in progress.steps]
        if nodes is not groups[-1]:
            rows.append(BLANK_ROW)
    rows += _render_details(progress, context)
    return rows


def _render_step(
    step: str, nodes: tuple[str, ...], widths: list[int], progress: Progress, context: RenderContext
) -> StyledLine:
    cells = progress.cells.get(step, {})
    step_cell = cells.get("")
    if step_cell is not None and step_cell.state is not ProgressState.TODO and not any(node in cells for node in nodes):
        limit = progress.limits.get(step)
        return table_row(
            [step, _render_whole_step(step_cell, limit, progress, context)], [widths[0], context.width - widths[0] - 2]
        )
    return table_row(
        [step, *(_render_cell(cells.get(node, ProgressCell()), progress, context) for node in nodes)], widths
    )


def _render_whole_step(
    cell: ProgressCell, limit: float | None, progress: Progress, context: RenderContext
) -> StyledLine:
    if _was_interrupted(cell, progress):
        return StyledLine(context.state_glyph(ProgressState.TODO), " ended here")
    glyph = StyledLine(context.state_glyph(cell.state), " ")
    if cell.state in (ProgressState.RUNNING, ProgressState.WAITING):
        wait = format_wait(cell.since, limit, context.now)
        return StyledLine(glyph, cell.detail or "waiting", (f"  {wait}", "context"))
    return StyledLine(glyph, cell.detail, _render_duration(cell, prefix="  " if cell.detail else ""))


def _was_interrupted(cell: ProgressCell, progress: Progress) -> bool:
    """Whether the step was running when the work ended."""
    return not progress.running and cell.state in (ProgressState.RUNNING, ProgressState.WAITING)


def _render_cell(cell: ProgressCell, progress: Progress, context: RenderContext) -> StyledLine:
    if _was_interrupted(cell, progress):
        return StyledLine(context.state_glyph(ProgressState.TODO), " ended here")
    glyph = StyledLine(context.state_glyph(cell.state))
    if cell.state is ProgressState.TODO:
        return glyph
    if cell.state in (ProgressState.RUNNING, ProgressState.WAITING):
        since = f" {format_age(context.now - cell.since)}" if cell.since is not None else ""
        return StyledLine(glyph, (since, "accent"))
    if cell.state is ProgressState.SKIPPED:
        return StyledLine(glyph, (" as is", "context"))
    if cell.state is ProgressState.FAILED:
        return StyledLine(glyph, (" failed", "broken"))
    return StyledLine(glyph, _render_duration(cell, prefix=" "))


def _render_duration(cell: ProgressCell, *, prefix: str) -> StyledLine:
    return StyledLine() if cell.seconds is None else StyledLine((f"{prefix}{format_duration(cell.seconds)}", "context"))


def _render_details(progress: Progress, context: RenderContext) -> list[Row]:
    """Returns what each node waits for and what failed there, for which the cells are too narrow."""
    rows: list[Row] = []
    for step in progress.steps:
        for node, cell in progress.cells.get(step, {}).items():
            if (
                not node
                or not cell.detail
                or cell.state not in (ProgressState.RUNNING, ProgressState.WAITING, ProgressState.FAILED)
            ):
                continue
            if _was_interrupted(cell, progress):
                continue
            wait = (
                ""
                if cell.state is ProgressState.FAILED
                else format_wait(cell.since, progress.limits.get(step), context.now)
            )
            text = f"{node}: {cell.detail}" + (f"  {wait}" if wait else "")
            first = StyledLine(context.state_glyph(cell.state), " ")
            rows += [Row(line) for line in wrap_text(text, context.width, prefix=first, indent=2)]
    details = [cell.detail for cells in progress.cells.values() for cell in cells.values() if cell.detail]
    if progress.error and not any(detail in progress.error for detail in details):
        first = StyledLine((context.glyphs.failed, "broken"), " ")
        rows += [Row(line) for line in wrap_text(progress.error, context.width, prefix=first, indent=2)]
    return [BLANK_ROW, *rows] if rows else []


def describe_changes(progress: Progress) -> str:
    """Returns what a rollout has changed on the nodes so far, in one sentence; "" if there is nothing to say."""
    if progress.kind is not ProgressKind.ROLLOUT:
        return ""
    commits = progress.cells.get(COMMIT, {})
    states = [cell.state for node, cell in commits.items() if node]
    done = sum(state in (ProgressState.DONE, ProgressState.SKIPPED) for state in states)
    begun = any(state is not ProgressState.TODO for state in states)
    if not begun:
        if progress.running:
            return "Nothing on the nodes changes before the commit."
        return "Nothing on the nodes was changed." if progress.error else ""
    if done < len(progress.nodes):
        return f"The new file is on {done} of {len(progress.nodes)} nodes. It goes to all of them, or is undone on all."
    return f"The new file is on all {len(progress.nodes)} nodes." if progress.running else ""
