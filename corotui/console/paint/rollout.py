"""The Rollout step: the plan in a word before, the table while it runs, the outcome after."""

from __future__ import annotations

from corotui.console.paint.frame import BLANK, Frame
from corotui.console.paint.line import Line, Row
from corotui.console.paint.progress import changed_so_far, progress_rows
from corotui.console.paint.review import _list
from corotui.walk.model import Picture, Progress


def rollout_progress(picture: Picture) -> Progress | None:
    """The progress when it is of a rollout; a mending or an install has no commit."""
    progress = picture.progress
    return progress if progress is not None and "commit" in progress.steps else None


def rollout_page(picture: Picture, frame: Frame) -> list[Row]:
    """The whole step."""
    rows: list[Row] = []
    progress = rollout_progress(picture)
    if picture.interrupted and not (progress and progress.running):
        sign = Line((f"{frame.glyphs.needs} ", "needs"), (picture.interrupted, ""))
        rows += [Row(sign.fit(frame.width))]
        rows += frame.note(
            "It was cut off. Enter finishes it where the new file already lies, else takes it back.", indent=2
        )
        rows.append(BLANK)
    if progress is None:
        return rows + _before(picture, frame)
    if not progress.here and progress.running:
        rows += frame.note("Another corotui does this work; this one looks on.", style="needs")
    rows += progress_rows(progress, frame)
    said = changed_so_far(progress)
    if said:
        rows += [BLANK, *frame.note(said, style="")]
    if not progress.running and picture.error and picture.error != progress.error:
        rows += [BLANK, *frame.note(picture.error, style="needs")]
    return rows


def _before(picture: Picture, frame: Frame) -> list[Row]:
    if picture.plan is None:
        return frame.note("There is no plan yet. Go back to Review.", style="")
    rows: list[Row] = []
    for word in _list(picture.plan.get("words")):
        rows += frame.note(str(word), style="")
    if picture.plan.get("empty"):
        return rows or frame.note("There is nothing to change.", style="")
    rows += [BLANK, *frame.note("Nothing has been changed on the nodes yet.")]
    if picture.error:
        rows += [BLANK, *frame.note(picture.error, style="needs")]
    return rows
