"""Hostile text in every text that a workflow's state holds: none of it reaches the screen, a log or the clipboard."""

from __future__ import annotations

from pathlib import Path

import pytest

from corotui.cluster.events import CommandOutput, CommandStarted, Note
from corotui.console.activity_log import ActivityLog
from corotui.console.editor.analysis import analyse
from corotui.console.lifecycle.background import BackgroundTasks
from corotui.console.lifecycle.shutdown import format_event
from corotui.console.render.header import render_header
from corotui.console.render.layout import Row
from corotui.console.render.log import render_entry_text, render_log_entry
from corotui.console.render.panes import configuration, doctor, install, network, nodes, prerequisites, review, rollout
from corotui.console.render.panes import ring as ring_pane
from corotui.console.render.step_list import render_step_list, render_title
from corotui.console.style.context import StyleContext
from corotui.console.style.glyphs import UNICODE
from corotui.console.style.theme import DARK
from corotui.console.terminal.clipboard import Clipboard
from corotui.console.terminal.plain_output import print_line
from corotui.workflow.state import Step, WorkflowState
from tests.support import console_states
from tests.support.console_scenes import SCENES
from tests.support.hostile_text import HOSTILE, plant, raw_characters
from tests.support.open_console import console

KEPT = frozenset({"directory", "family"})  # a path that is opened, and a word that code decides by
STYLE = StyleContext(UNICODE, DARK)
STATES = {scene.name: scene.state for scene in SCENES if scene.is_passive}


def rows_of(state: WorkflowState) -> list[Row]:
    """The rows of every pane for a state, whichever step it is at."""
    context = STYLE.render_context(120)
    rows = [
        *nodes.render_nodes(state, context),
        *prerequisites.render_prerequisites(state, context, show_ok=True),
        *install.render_install(state, HOSTILE, context),
        *network.render_network(state, context),
        *review.render_review(state, context),
        *rollout.render_rollout(state, context),
        *ring_pane.render_ring(state, {}, context),
        *ring_pane.render_events(state.ring_events, context),
        *doctor.render_doctor(state, context),
        *render_step_list(state, context),
        Row(render_header(state, context)),
        Row(render_title(state, "title", HOSTILE, context)),
    ]
    if state.conf is not None:
        conf = state.conf + b"\ntotem {\n    " + HOSTILE.encode("utf-8", "replace") + b": x\n}\n"
        analysis = analyse(conf)
        rows += configuration.render_diagnostics(analysis.diagnostics, context)
        rows += [row for each in analysis.diagnostics for row in configuration.render_reason(each, context)]
        rows += configuration.render_difference(state, conf, analysis.target_release, context)
    return rows


@pytest.mark.parametrize("name", STATES)
def test_every_pane_draws_only_visible_text(name: str) -> None:
    planted = plant(STATES[name], keep=KEPT)
    rows = rows_of(planted)
    assert any(r"\x1b" in row.line.plain for row in rows)
    for row in rows:
        strip = STYLE.to_strip(row.line, 120)
        assert raw_characters("".join(segment.text for segment in strip), "") == [], row.line.plain


async def test_the_screen_itself_holds_nothing_raw() -> None:
    async with console(console_states.fresh(), (160, 48)) as it:
        it.workflow.tell(CommandStarted(node=f"node1{HOSTILE}", command=f"ls {HOSTILE}", run=1))
        it.workflow.tell(CommandOutput(node="node1", run=1, text=HOSTILE))
        it.workflow.tell(Note(text=HOSTILE))
        it.app.say(HOSTILE)
        for step in Step:
            it.workflow.show(plant(console_states.at(step, console_states.planned()), keep=KEPT))
            await it.settle()
            assert r"\x1b" in it.text
            assert raw_characters(it.text) == [], step


async def test_what_is_typed_into_an_input_is_checked_too() -> None:
    async with console(console_states.fresh()) as it:
        await it.press("colon")
        it.app.screen.focused.value = "x\x1b[2J\u202e\U000e0041y"  # type: ignore[union-attr]
        await it.settle()
        assert "x" in it.text
        assert raw_characters(it.text) == []


def test_log_clipboard_and_files_hold_nothing_raw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, context, sent = ActivityLog(), STYLE.render_context(100), list[str]()
    events = (
        CommandStarted(node=HOSTILE, command=f"sh {HOSTILE}", run=1, script=f"key: 5ecret\n{HOSTILE}"),
        CommandOutput(node=HOSTILE, run=1, text=HOSTILE),
        Note(text=HOSTILE, node=HOSTILE),
    )
    for event in events:
        log.add_event(event)
        print_line(format_event(event))
    rows = [render_log_entry(entry, context, node_count=3, name_width=16) for entry in log.entries]
    rows += [row for entry in log.entries for row in render_entry_text(entry, context)]
    clipboard = Clipboard(sent.append, tmp_path)
    clipboard.copy(f"{HOSTILE}\n  key: 5ecret", "all")
    clipboard.save_log(log.entries)
    BackgroundTasks(lambda text: None, tmp_path / "console.log").record_defect(ValueError(HOSTILE))
    written = [path.read_text("utf-8") for path in tmp_path.iterdir()]
    texts = [*(row.line.plain for row in rows), *written, "".join(capsys.readouterr())]
    assert len(written) == 3
    assert all(raw_characters(text) == [] for text in texts)
    assert "5ecret" not in "".join(texts)
