"""Events of work on nodes as lines: one for each step."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

import pytest

from corotui.cli.output.printer import Output
from corotui.cli.output.step_report import StepReport, StepReporter
from corotui.cluster.events import (
    CommandEnded,
    CommandOutput,
    CommandStarted,
    Connection,
    Event,
    NodeState,
    Note,
    ProgressState,
    StepChanged,
)

RUNNING, DONE, FAILED, SKIPPED = (
    ProgressState.RUNNING,
    ProgressState.DONE,
    ProgressState.FAILED,
    ProgressState.SKIPPED,
)
NAMES = ("node1", "node2", "node3")


def changed(
    step: str, state: ProgressState, node: str | None = None, detail: str = "", *, at: float = 0.0
) -> StepChanged:
    return StepChanged(step=step, state=state, node=node, detail=detail, at=at)


def step(name: str, nodes: Sequence[str] = NAMES, *, began: float = 0.0, seconds: float = 0.4) -> list[Event]:
    """A step that succeeds on these nodes."""
    return [
        *(changed(name, RUNNING, node, at=began) for node in nodes),
        *(changed(name, DONE, node, at=began + seconds) for node in nodes),
        changed(name, DONE, at=began + seconds),
    ]


def lines(*events: Event, verbose: bool = False, node_count: int = 3) -> list[str]:
    report = StepReport(node_count, verbose=verbose)
    return [line for event in events for line in report.lines(event)] + report.finish()


def test_a_step_is_one_line_with_nodes_and_time() -> None:
    assert lines(*step("stage")) == ["✓ stage       node1, node2, node3  0.4 s"]


def test_a_rollout_is_a_line_for_each_step_in_order() -> None:
    events = [*step("stage"), *step("test", began=1), *step("commit", began=2), *step("start", began=3)]
    assert [line.split()[1] for line in lines(*events)] == ["stage", "test", "commit", "start"]


def test_many_nodes_are_counted() -> None:
    many = [f"n{number}" for number in range(16)]
    assert lines(*step("stage", many), node_count=16) == ["✓ stage       all 16 nodes  0.4 s"]
    assert lines(*step("stage", many[:9]), node_count=16) == ["✓ stage       9 nodes  0.4 s"]


def test_the_line_comes_when_the_step_has_ended() -> None:
    report = StepReport(3)
    *before, last = step("stage")
    assert [report.lines(event) for event in before] == [[]] * len(before)
    assert len(report.lines(last)) == 1
    assert report.finish() == []


def test_the_whole_step_says_what_came_of_it() -> None:
    ring = [
        changed("ring", RUNNING),
        changed("ring", DONE, "node1", "ring 1.2, 3 members"),
        changed("ring", DONE, detail="3 of 3 members", at=2.0),
    ]
    assert lines(*ring) == ["✓ ring        3 of 3 members  2.0 s"]


def test_nodes_that_fail_have_a_line_with_the_reason() -> None:
    events = [
        *(changed("test", RUNNING, node) for node in NAMES),
        changed("test", DONE, "node1", at=0.2),
        changed("test", FAILED, "node2", "parser error", at=0.2),
        changed("test", DONE, "node3", at=0.2),
        changed("test", FAILED, at=0.2),
    ]
    assert lines(*events) == ["✓ test        node1, node3  0.2 s", "✗ test        node2: parser error  0.2 s"]


def test_a_step_with_nothing_to_do_says_so() -> None:
    skipped = [changed("commit", SKIPPED, node) for node in NAMES]
    assert lines(*skipped, changed("commit", DONE)) == ["· commit      nothing to do"]
    assert lines(changed("archives", SKIPPED, detail="already built")) == ["· archives    already built"]


def test_an_end_that_is_reported_twice_is_one_line() -> None:
    assert len(lines(*step("start"), changed("start", DONE))) == 1
    assert len(lines(*step("start"), *step("start", began=9))) == 2


def test_a_step_without_an_end_of_its_own_ends_with_its_nodes() -> None:
    fixes = [changed("fix", RUNNING, "node1", "open UDP 5405"), changed("fix", DONE, "node1", at=3.0)]
    assert lines(*fixes, *step("stage")) == [
        "✓ fix         node1  3.0 s",
        "✓ stage       node1, node2, node3  0.4 s",
    ]


def test_steps_that_overlap_keep_their_own_lines() -> None:
    events = [
        changed("archives", RUNNING),
        changed("tools", RUNNING, "node1"),
        changed("archives", DONE, detail="4 verified", at=1.0),
        changed("tools", DONE, "node1", "12 packages", at=9.0),
    ]
    assert lines(*events) == ["✓ archives    4 verified  1.0 s", "✓ tools       node1: 12 packages  9.0 s"]


def test_a_node_that_was_cut_off_is_named() -> None:
    assert lines(changed("start", RUNNING, "node1"), changed("start", FAILED)) == ["! start       node1: did not end"]
    assert lines(changed("start", RUNNING, "node1")) == ["! start       node1: did not end"]


COMMAND = (
    CommandStarted(node="node1", command="sudo sh -s x", run=1, script="one\ntwo\n"),
    CommandOutput(node="node1", run=1, text="unpacking"),
    CommandEnded(node="node1", command="sudo sh -s x", run=1, exit_code=8, seconds=0.1),
)


def test_commands_are_shown_only_on_request() -> None:
    assert lines(*COMMAND) == []
    assert lines(*COMMAND, verbose=True) == [
        "  node1      $ sudo sh -s x  (+2 lines)",
        "  node1        unpacking",
        "  node1        sudo sh -s x: returned 8",
    ]


def test_notes_and_lost_connections_are_always_shown() -> None:
    assert lines(Note(text="stopping", node="node1")) == ["  node1      stopping"]
    assert lines(NodeState(node="node1", state=Connection.LOST, detail="reset")) == [
        "  node1      connection lost: reset"
    ]
    assert lines(NodeState(node="node1", state=Connection.CONNECTED)) == []


def test_progress_names_the_step_that_runs() -> None:
    report = StepReport(3)
    assert report.progress() == ""
    for node in NAMES:
        report.lines(changed("start", RUNNING, node))
    report.lines(changed("start", DONE, "node1"))
    assert report.progress() == "  start       1 of 3 nodes"
    report.lines(COMMAND[1])
    assert report.progress() == "  start       1 of 3 nodes  node1: unpacking"


class Stream(io.StringIO):
    """stderr, on a terminal or not."""

    encoding = "utf-8"

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def written(monkeypatch: pytest.MonkeyPatch, *, terminal: bool) -> str:
    stream = Stream(terminal=terminal)
    monkeypatch.setattr(sys, "stderr", stream)
    reporter = StepReporter(Output(json=False), 3, verbose=False)
    for event in step("stage"):
        reporter.event(event)
    reporter.activity("asking the nodes")
    reporter.close()
    return stream.getvalue()


def test_only_a_terminal_sees_progress_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    assert written(monkeypatch, terminal=False).count("\r") == 0
    text = written(monkeypatch, terminal=True)
    assert "  stage       0 of 3 nodes" in text
    assert "  asking the nodes ..." in text
    assert text.split("\n")[0].endswith("\r✓ stage       node1, node2, node3  0.4 s")


def test_json_has_a_line_for_each_event(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = StepReporter(Output(json=True), 3, verbose=False)
    events = [*step("stage"), *COMMAND]
    for event in events:
        reporter.event(event)
    reporter.close()
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == len(events)
    assert captured.err == ""


@pytest.mark.parametrize("verb", ["apply", "build", "recover", "restore", "doctor"])
def test_verbs_that_work_on_nodes_take_verbose(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    from corotui.cli.main import main

    with pytest.raises(SystemExit):
        main([verb, "--help"])
    assert "-v, --verbose" in capsys.readouterr().out
