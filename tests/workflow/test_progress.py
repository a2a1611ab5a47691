"""The table of a rollout, from its events."""

from __future__ import annotations

from corotui.cluster.events import ProgressState, StepChanged
from corotui.workflow.progress import advance, begin, end
from corotui.workflow.state import ProgressKind


def test_a_step_on_a_node_takes_its_time() -> None:
    shown = begin(ProgressKind.ROLLOUT, "Rollout", ("stage", "test"), ("node1", "node2"))
    shown = advance(shown, StepChanged(step="stage", state=ProgressState.RUNNING, node="node1", at=10.0, limit=30.0))
    assert shown.cells["stage"]["node1"].since == 10.0
    assert shown.cells["stage"]["node1"].seconds is None
    assert shown.limits == {"stage": 30.0}
    shown = advance(shown, StepChanged(step="stage", state=ProgressState.DONE, node="node1", at=12.5))
    assert shown.cells["stage"]["node1"].seconds == 2.5
    assert end(shown, "no").error == "no"


def test_the_step_as_a_whole_has_the_empty_name() -> None:
    shown = advance(
        begin(ProgressKind.ROLLOUT, "x", ("ring",), ()),
        StepChanged(step="ring", state=ProgressState.WAITING, detail="1 of 3"),
    )
    assert shown.cells["ring"][""].detail == "1 of 3"


def test_waiting_keeps_its_beginning() -> None:
    shown = begin(ProgressKind.ROLLOUT, "x", ("ring",), ("node1",))
    for at, words in ((1.0, "a"), (2.0, "b")):
        shown = advance(shown, StepChanged(step="ring", state=ProgressState.WAITING, node="node1", detail=words, at=at))
    assert (shown.cells["ring"]["node1"].since, shown.cells["ring"]["node1"].detail) == (1.0, "b")


def test_a_progress_that_was_shown_does_not_change() -> None:
    first = begin(ProgressKind.ROLLOUT, "x", ("stage",), ("node1",))
    second = advance(first, StepChanged(step="stage", state=ProgressState.RUNNING, node="node1"))
    advance(second, StepChanged(step="stage", state=ProgressState.DONE, node="node1"))
    assert first.cells == {}
    assert second.cells["stage"]["node1"].state is ProgressState.RUNNING


def test_an_unforeseen_step_is_shown_last() -> None:
    assert advance(
        begin(ProgressKind.ROLLOUT, "x", ("fix",), ()), StepChanged(step="look", state=ProgressState.DONE)
    ).steps == (
        "fix",
        "look",
    )
