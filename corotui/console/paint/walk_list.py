"""The left column: the eight steps and where each stands."""

from __future__ import annotations

from corotui.console.paint.frame import Frame
from corotui.console.paint.line import Line, Row, ends
from corotui.console.words import waiting
from corotui.walk.model import Picture, Standing, Step, StepStatus

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


def status(picture: Picture, step: Step) -> StepStatus:
    """The status of a step; to do where the picture has none."""
    return next((s for s in picture.steps if s.step is step), StepStatus(step, Standing.TODO))


def walk_rows(picture: Picture, frame: Frame) -> list[Row]:
    """A row for each step; the key is the step's name."""
    rows = []
    for step in Step:
        here = step is picture.step
        sign = frame.standing(status(picture, step).standing, here=here)
        title = Line((TITLES[step], "strong" if here else ""))
        rows.append(Row(Line(sign, " ", title).fit(frame.width), step.value))
    return rows


def title_line(picture: Picture, title: str, summary: str, frame: Frame) -> Line:
    """The step's title with what is being waited for, since when and how long at most, or with its summary."""
    left = Line((title, "title"))
    if picture.busy:
        words = waiting(picture.busy_since, _limit(picture), frame.now)
        right = Line((f"{frame.glyphs.partly} ", "accent"), picture.busy, (f"  {words}" if words else "", "context"))
    else:
        right = Line((summary, "context"))
    return ends(left, right.fit(max(0, frame.width - left.width - 2)), frame.width)


def _limit(picture: Picture) -> float | None:
    """How long the work may last at most, where that is known and one step of it runs."""
    progress = picture.progress
    if progress is None or not progress.running or len(progress.steps) != 1:
        return None
    return progress.limits.get(progress.steps[0])
