"""The left column: the eight steps and where each stands."""

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
    """The status of a step; to do where the picture has none."""
    return next((s for s in state.steps if s.step is step), StepStatus(step, StepState.TODO))


def render_step_list(state: WorkflowState, context: RenderContext) -> list[Row]:
    """A row for each step; the key is the step's name."""
    rows = []
    for step in Step:
        here = step is state.step
        sign = context.step_sign(step_status(state, step).state, is_current=here)
        title = StyledLine((TITLES[step], "strong" if here else ""))
        rows.append(Row(StyledLine(sign, " ", title).truncate(context.width)))
    return rows


def render_title(state: WorkflowState, title: str, summary: str, context: RenderContext) -> StyledLine:
    """The step's title with what is being waited for, since when and how long at most, or with its summary."""
    left = StyledLine((title, "title"))
    if state.busy:
        words = format_wait(state.busy_since, _time_limit(state), context.now)
        right = StyledLine(
            (f"{context.glyphs.partial} ", "accent"), state.busy, (f"  {words}" if words else "", "context")
        )
    else:
        right = StyledLine((summary, "context"))
    return spread(left, right.truncate(max(0, context.width - left.width - 2)), context.width)


def _time_limit(state: WorkflowState) -> float | None:
    """How long the work may last at most, where that is known and one step of it runs."""
    progress = state.progress
    if progress is None or not progress.running or len(progress.steps) != 1:
        return None
    return progress.limits.get(progress.steps[0])
