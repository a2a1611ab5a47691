"""The verbs around a rollout: text, exit codes, signals; the work itself is tested on nodes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys

import pytest

from corotui.cli.commands.rollout.restore import _parse_positionals
from corotui.cli.graceful_stop import ResilientOutput, stop_on_signals
from corotui.cli.main import main
from corotui.cli.output.printer import Output
from corotui.cli.output.rollout_report import (
    exit_code,
    outcome_document,
    preview_document,
    print_outcome,
    print_preview,
)
from corotui.cluster.events import Event, Note
from corotui.directory import Directory
from corotui.errors import UsageError
from corotui.ring.model import Ring
from corotui.rollout import NodePlan, Outcome, Plan, Refusal, RolloutStatus, interrupted_rollout
from corotui.rollout.history.journal import Journal
from corotui.workflow.dependencies import Dependencies
from corotui.workflow.headless import RunPreview
from tests.support.fake_dependencies import FakeConnections, gatherer, use
from tests.support.rollout.crashing_rollout import DEAD
from tests.support.rollout.fixtures import conf, directory, machines
from tests.support.rollout.machines import Machine
from tests.support.states import facts

__all__ = ["conf", "directory", "machines"]

HEALTHY = Ring(True, True, 3, ("a", "b", "c"), ())
SPLIT = Ring(False, False, 3, (), ())


@pytest.mark.parametrize(
    ("result", "ring", "code"),
    [
        (RolloutStatus.DONE, HEALTHY, 0),
        (RolloutStatus.NOTHING, HEALTHY, 0),
        (RolloutStatus.NOTHING, None, 0),
        (RolloutStatus.NOTHING, SPLIT, 1),
        (RolloutStatus.FAILED, SPLIT, 1),
        (RolloutStatus.FAILED, None, 1),
        (RolloutStatus.UNDONE, None, 0),
        (RolloutStatus.FORGOTTEN, None, 0),
        (RolloutStatus.INTERRUPTED, None, 130),
    ],
)
def test_exit_codes(result: RolloutStatus, ring: Ring | None, code: int) -> None:
    outcome = Outcome(result, "x", ring=ring)
    assert exit_code(outcome) == code
    assert outcome_document(outcome)["exit_code"] == code


def test_the_last_line_is_called_done() -> None:
    document = outcome_document(Outcome(RolloutStatus.DONE, "One ring of 3 nodes, quorate.", ring=HEALTHY))
    assert (document["event"], document["healthy"]) == ("done", True)


def test_an_outcome_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    print_outcome(
        Output(json=False),
        Outcome(
            RolloutStatus.FAILED,
            "No ring.",
            problems={"b": "does not see a"},
            recent_logs={"b": ("its log",)},
            next_step="Look.",
        ),
    )
    assert capsys.readouterr().err == "No ring.\n  b: does not see a\n      its log\nLook.\n"


def test_an_intent_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    plan = Plan(
        "db",
        b"",
        "",
        (NodePlan("a", diff="+x"), NodePlan("b", diff="+x"), NodePlan("c")),
        warnings=("b is not named.",),
        refusals=(Refusal("pacemaker", "Pacemaker runs there.", "a", "Move it."),),
    )
    print_preview(Output(json=False), RunPreview(("It is written.",), (("a", "true"),), None, plan))
    out = capsys.readouterr().out
    assert out.splitlines()[0] == "✗ a: Pacemaker runs there. Move it."
    assert "corosync.conf on a, b:\n+x" in out
    assert "a          $ true" in out


def test_nothing_to_do_in_words_and_as_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    nothing = RunPreview((), (), None, Plan("db", b"", "", ()))
    print_preview(Output(json=False), nothing)
    assert capsys.readouterr().out == "Nothing to change.\n"
    assert preview_document(nothing)["empty"] is True


@pytest.mark.parametrize(
    (("positionals", "expected")),
    [([], (".", None)), (["3"], (".", 3)), (["db"], ("db", None)), (["db", "3"], ("db", 3)), (["7", "3"], ("7", 3))],
)
def test_positionals_of_restore(positionals: list[str], expected: tuple[str, int | None]) -> None:
    assert _parse_positionals(positionals) == expected


@pytest.mark.parametrize("positionals", [["db", "x"], ["a", "1", "2"], ["db", "¹"], ["db", "9" * 5000]])
def test_positionals_that_restore_refuses(positionals: list[str]) -> None:
    with pytest.raises(UsageError):
        _parse_positionals(positionals)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_asks_to_stop_and_ends_nothing(number: signal.Signals) -> None:
    asked = asyncio.Event()
    with stop_on_signals(asked.set, ResilientOutput(Output(json=False))) as interrupted:
        assert not interrupted()
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)
        await asked.wait()
        assert interrupted()


def test_work_goes_on_when_nobody_listens() -> None:
    events: list[Event] = []

    def closed_pipe(event: Event) -> None:
        events.append(event)
        raise BrokenPipeError

    report = ResilientOutput(Output(json=True)).guard(closed_pipe)
    report(Note(text="a"))
    report(Note(text="b"))
    assert events == [Note(text="a", at=events[0].at)]


@pytest.fixture
def interrupted(
    machines: dict[str, Machine], directory: Directory, conf: bytes, monkeypatch: pytest.MonkeyPatch
) -> Directory:
    """A directory with a rollout whose third node went away for ever, and the workflow's way to the other two."""
    crashed = [sys.executable, "-m", "tests.support.rollout.crashing_rollout", str(directory.path.parent)]
    words = [*crashed, "commit", "done", "node1"]
    assert subprocess.run(words, input=conf, capture_output=True, check=False).returncode == DEAD
    use(monkeypatch, Dependencies(connect=FakeConnections(machines, down=["node3"]), gather_facts=gatherer(facts)))
    return directory


def test_a_rollout_is_forgotten_only_after_saying_what_is_left(
    interrupted: Directory, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["recover", str(interrupted.path)]) == 3
    assert main(["recover", str(interrupted.path), "--forget"]) == 4
    said = capsys.readouterr().err
    assert "node1: /etc/corosync/authkey is the new one, /etc/corosync/corosync.conf is the new one" in said
    assert "node3: it does not answer (no route), so what is there is not known." in said
    assert interrupted_rollout(interrupted)

    assert main(["recover", str(interrupted.path), "--forget", "--yes", "--why", "node3 burnt down", "--json"]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["result"] == "forgotten"
    assert set(last["missing"]) == {"node1", "node2", "node3"}
    with Journal(interrupted) as journal:
        run = journal.last_run()
        assert run is not None
        found = journal.forgotten(run.id)
    assert found is not None
    assert found.why == "node3 burnt down"
    assert main(["recover", str(interrupted.path), "--forget", "--yes"]) == 0
    assert "No rollout was interrupted." in capsys.readouterr().err
