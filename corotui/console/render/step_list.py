"""Renders the left column, with the state of the eight steps, and the title of a pane."""

from __future__ import annotations

from corotui.console.render.context import RenderContext
from corotui.console.render.layout import Row, StyledLine, spread
from corotui.console.style.formatting import format_wait
from corotui.workflow.state import Step, StepState, StepStatus, WorkflowState

TITLES = {
    Step.NODES: "Nodes",
    Step.PREREQUISITES: "Prerequisites",
    Step.INSTALL: "Install",
    Step.NETWORK: "Network",
    Step.CONFIGURATION: "Configuration",
    Step.REVIEW: "Review",
    Step.ROLLOUT: "Rollout",
    Step.RING: "Ring",
}


def step_status(state: WorkflowState, step: Step) -> StepStatus:
    """Returns the status of a step, "to do" if the state has none for it."""
    return next((s for s in state.steps if s.step is step), StepStatus(step, StepState.TODO))


def render_step_list(state: WorkflowState, context: RenderContext) -> list[Row]:
    """Returns a row for each step."""
    rows = []
    for step in Step:
        current = step is state.step
        glyph = context.step_glyph(step_status(state, step).state, is_current=current)
        title = StyledLine((TITLES[step], "strong" if current else ""))
        rows.append(Row(StyledLine(glyph, " ", title).truncate(context.width)))
    return rows


def render_title(state: WorkflowState, title: str, summary: str, context: RenderContext) -> StyledLine:
    """Returns the title with the running work, how long it has been running and may take; or with the summary."""
    left = StyledLine((title, "title"))
    if state.busy:
        wait = format_wait(state.busy_since, _time_limit(state), context.now)
        right = StyledLine(
            (f"{context.glyphs.partial} ", "accent"), state.busy, (f"  {wait}" if wait else "", "context")
        )
    else:
        right = StyledLine((summary, "context"))
    return spread(left, right.truncate(max(0, context.width - left.width - 2)), context.width)


def _time_limit(state: WorkflowState) -> float | None:
    """Returns how long the running work may take, in seconds; None if unknown or if it has several steps."""
    progress = state.progress
    if progress is None or not progress.running or len(progress.steps) != 1:
        return None
    return progress.limits.get(progress.steps[0])
