"""Derives the progress of work from its events. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from corotui.cluster.events import ProgressState, StepChanged
from corotui.workflow.state import Progress, ProgressCell, ProgressKind

_FINISHED = (ProgressState.DONE, ProgressState.FAILED, ProgressState.SKIPPED)


def begin(kind: ProgressKind, title: str, steps: Sequence[str], nodes: Sequence[str]) -> Progress:
    """Returns the progress of work that this process begins now."""
    return Progress(kind=kind, title=title, steps=tuple(steps), nodes=tuple(nodes), running=True)


def advance(progress: Progress, event: StepChanged) -> Progress:
    """Returns the progress after an event. A step that is not among its steps is appended."""
    node = event.node or ""
    cells = {step: dict(row) for step, row in progress.cells.items()}
    row = cells.setdefault(event.step, {})
    row[node] = _cell(row.get(node, ProgressCell()), event)
    limits = progress.limits if event.limit is None else {**progress.limits, event.step: event.limit}
    steps = progress.steps if event.step in progress.steps else (*progress.steps, event.step)
    return replace(progress, cells=cells, limits=limits, steps=steps)


def _cell(previous: ProgressCell, event: StepChanged) -> ProgressCell:
    since = previous.since if previous.since is not None and previous.state not in _FINISHED else event.at
    seconds = max(0.0, event.at - since) if event.state in _FINISHED else None
    if event.state is ProgressState.SKIPPED:
        return ProgressCell(event.state, event.detail)
    return ProgressCell(event.state, event.detail, since, seconds)


def mark_external(progress: Progress) -> Progress:
    """Returns the same progress as that of work which another process does."""
    return replace(progress, in_this_process=False)


def end(progress: Progress, error: str = "") -> Progress:
    """Returns the progress of work that has ended. Steps that were under way stay as they are."""
    return replace(progress, running=False, error=error)
