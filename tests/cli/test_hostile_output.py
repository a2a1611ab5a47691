"""Hostile text in every text of what verbs print: none of it reaches the terminal, and JSON keeps it."""

from __future__ import annotations

import argparse
import inspect
import json
import logging
import re
import warnings
from dataclasses import replace

import pytest

from corotui import errors
from corotui.cli.commands.rollout import plan as plan_verb
from corotui.cli.main import main
from corotui.cli.output.facts_table import facts_lines
from corotui.cli.output.printer import Output
from corotui.cli.output.ring_table import ring_lines
from corotui.cli.output.rollout_report import outcome_document, preview_document, print_outcome, print_preview
from corotui.cli.output.step_report import StepReporter
from corotui.cli.output.uncaught import print_uncaught
from corotui.cli.parser import Parser
from corotui.cluster import events
from corotui.cluster.finding import Evidence, Finding, Remedy, Severity
from corotui.facts.json_codec import to_json
from corotui.rollout import Outcome, RolloutStatus
from corotui.rollout.model import Refusal
from corotui.workflow.headless import RunPreview
from tests.support import console_states
from tests.support.hostile_text import HOSTILE, plant, raw_characters
from tests.support.states import facts, finding, plan

KEPT = frozenset({"family"})
FINDING = Finding(
    Severity.ERROR,
    "code",
    "what",
    node="node1",
    place="place",
    why="why",
    evidence=(Evidence("text", "node1", "source"),),
    remedies=(Remedy("title", "node1", ("command",), consequence="c", manual="m", verify="v"),),
    ruled_out=("cause",),
)


def check(capsys: pytest.CaptureFixture[str], *, both: bool = False) -> str:
    out, err = capsys.readouterr()
    assert raw_characters(out + err) == []
    return out + err if both else out


@pytest.mark.parametrize("json_output", [False, True])
def test_findings_events_and_rings(json_output: bool, capsys: pytest.CaptureFixture[str]) -> None:
    out = Output(json=json_output)
    reporter = StepReporter(out, 3, verbose=True)
    planted = plant(FINDING)
    for event in (
        events.CommandStarted(node="n", command="c", run=1, script="s"),
        events.CommandOutput(node="n", run=1, text="t"),
        events.CommandEnded(node="n", command="c", run=1, exit_code=1, seconds=1.0, error="e"),
        events.StepChanged(step="s", state=events.ProgressState.FAILED, node="n", detail="d"),
        events.NodeState(node="n", state=events.Connection.LOST, detail="d"),
        events.Note(text="t", node="n"),
        events.FindingRaised(finding=finding()),
    ):
        reporter.event(plant(event))
    reporter.close()
    out.findings([planted])
    out.document(planted.to_json())
    ring = plant(console_states.ring().ring)
    for line in ring_lines(f"db{HOSTILE}", ring, now=0.0):
        out.data(line)
    out.document(ring.to_json())
    for line in facts_lines(plant(facts("node1", corosync="3.1.7"), keep=KEPT)):
        out.data(line)
    out.document(to_json(plant(facts("node1"), keep=KEPT)))
    out.document(plant(plan(summary=("one",))).to_json())
    assert r"\x1b" in check(capsys) or json_output


@pytest.mark.parametrize("kind", [kind for _, kind in inspect.getmembers(errors, inspect.isclass)])
@pytest.mark.parametrize("json_output", [False, True])
def test_errors(kind: type[object], json_output: bool, capsys: pytest.CaptureFixture[str]) -> None:
    if not issubclass(kind, errors.CorotuiError):
        return
    given = {
        name: HOSTILE if "str" in str(parameter.annotation) else 1
        for name, parameter in inspect.signature(kind).parameters.items()
    }
    Output(json=json_output).error(kind(**given))  # type: ignore[arg-type]
    assert r"\x1b" in check(capsys, both=True)


@pytest.mark.parametrize("proposed", [None, HOSTILE.encode("utf-8", "replace")])
def test_previews_and_outcomes(proposed: bytes | None, capsys: pytest.CaptureFixture[str]) -> None:
    made = replace(
        plan(summary=("one",), refusals=(Refusal("code", "because", "node1", "so"),)),
        warnings=("warning",),
        nodes=tuple(replace(each, diff="--- a\n+++ b\n-one\n+two\n") for each in plan().nodes),
    )
    kept = frozenset({"conf", "proposed_conf", "conf_sha256"})
    preview = plant(RunPreview(("sentence",), (("node1", "command"),), None, made), keep=kept)
    preview = replace(preview, proposed_conf=proposed)
    outcome = plant(
        Outcome(RolloutStatus.FAILED, "what", console_states.ring().ring, {"node1": "problem"}, {"node1": ("line",)})
    )
    outcome = replace(outcome, next_step=HOSTILE)
    plain = Output(json=False)
    print_preview(plain, preview)
    print_outcome(plain, outcome)
    shown = check(capsys, both=True)
    texts = ["because", "so", "sentence", "warning", "command", "what", "problem", "line"]
    for text in texts if proposed else [*texts, "+two"]:
        assert re.search(rf"{re.escape(text)}.*\\x1b", shown, re.DOTALL), text
    assert shown.count(r"\x1b]0;owned\x07") > len(texts)
    document = Output(json=True)
    document.document(preview_document(preview))
    document.document(outcome_document(outcome))
    for line in check(capsys, both=True).splitlines():
        assert HOSTILE in str(json.loads(line)) or r"\x1b" in str(json.loads(line))


def test_json_keeps_what_was_said(capsys: pytest.CaptureFixture[str]) -> None:
    Output(json=True).document({HOSTILE: [HOSTILE]})
    assert json.loads(check(capsys)) == {HOSTILE: [HOSTILE]}


def test_arguments_logs_warnings_and_questions(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = Output(json=False)
    parser = Parser(prog="corotui")
    parser.add_argument("--number", type=int)
    for arguments in ([f"--x{HOSTILE}"], ["--number", HOSTILE]):
        with pytest.raises(SystemExit):
            parser.parse_args(arguments)
    # pytest keeps log records and warnings for its report, and a worker of xdist cannot send lone surrogates
    recorded = HOSTILE.encode("utf-8", "ignore").decode()
    with print_uncaught(out):
        logging.getLogger("asyncssh").warning("said: %s", recorded)
        logging.getLogger("asyncio").error("never retrieved", exc_info=ValueError(recorded))
        warnings.warn(recorded, stacklevel=1)
    monkeypatch.setattr("sys.stdin.readline", lambda: "yes\n", raising=False)
    monkeypatch.setattr("corotui.cli.output.secret_input.read_secret", lambda show_prompt: show_prompt())
    assert out.ask(f"{HOSTILE}? ") == "yes\n"
    assert out.ask_secret(HOSTILE) is None
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    out.show_status(HOSTILE)
    text = capsys.readouterr().err
    assert raw_characters(text, "\n\r") == []
    assert text.count(r"\x1b") > 7


def test_an_unexpected_error(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(args: argparse.Namespace, out: Output) -> int:
        raise ValueError(HOSTILE)

    monkeypatch.setattr(plan_verb, "run", fail)
    assert main(["plan", "."]) == 1
    assert r"\x1b" in check(capsys, both=True)
