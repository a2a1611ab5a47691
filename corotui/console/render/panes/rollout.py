"""Renders the Rollout step: the plan before, the progress while it runs, the outcome after."""

from __future__ import annotations

from corotui.console.render.context import BLANK_ROW, RenderContext
from corotui.console.render.layout import Row, StyledLine
from corotui.console.render.progress import describe_changes, render_progress
from corotui.workflow.state import WorkflowState


def render_rollout(state: WorkflowState, context: RenderContext) -> list[Row]:
    """Returns the whole step."""
    rows: list[Row] = []
    progress = state.rollout_progress
    if state.interrupted and not (progress and progress.running):
        heading = StyledLine((f"{context.glyphs.needs} ", "needs"), state.interrupted)
        rows.append(Row(heading.truncate(context.width)))
        text = (
            "It was interrupted. Enter finishes it if the new file is in place already, and undoes it if not. If it "
            "can be neither, as when a node is gone for ever, f closes it and says what is left."
        )
        rows += context.note(text, indent=2)
        rows.append(BLANK_ROW)
    if progress is None:
        return rows + _render_plan(state, context)
    if not progress.in_this_process and progress.running:
        rows += context.note("Another corotui is doing this. This one only shows it.", style="needs")
    rows += render_progress(progress, context)
    changes = describe_changes(progress)
    if changes:
        rows += [BLANK_ROW, *context.note(changes, style="")]
    if not progress.running and state.error and state.error != progress.error:
        rows += [BLANK_ROW, *context.note(state.error, style="needs")]
    return rows


def _render_plan(state: WorkflowState, context: RenderContext) -> list[Row]:
    if state.plan is None:
        return context.note("There is no plan yet. Go back to Review.", style="")
    rows: list[Row] = []
    for sentence in state.plan.summary:
        rows += context.note(sentence, style="")
    if state.plan.is_empty:
        return rows or context.note("There is nothing to change.", style="")
    rows += [BLANK_ROW, *context.note("Nothing has been changed on the nodes yet.")]
    if state.error:
        rows += [BLANK_ROW, *context.note(state.error, style="needs")]
    return rows
