"""The log: one entry for a command on many nodes, bounded, nothing hostile."""

from __future__ import annotations

import subprocess

from corotui.cluster.events import CommandEnded, CommandOutput, CommandStarted, Connection, NodeState, Note
from corotui.console.activity_log import ActivityLog, summarize_command
from corotui.console.render.context import RenderContext
from corotui.console.render.log import render_log_entry
from corotui.console.style.glyphs import UNICODE
from tests.support import console_states, states
from tests.support.open_console import console
from tests.support.states import NOW

HOSTILE = "\x1b[2J\x1b]0;owned\x07[bold red]not markup[/] \u202egnp.exe\r\x9b31m"


def _run(feed: ActivityLog, command: str = "ip -json addr", codes: tuple[int | None, ...] = (0, 0, 0)) -> None:
    for number in range(len(codes)):
        feed.add_event(CommandStarted(node=f"node{number + 1}", command=command, run=7, at=NOW + number / 10))
    for number, code in enumerate(codes):
        feed.add_event(
            CommandEnded(node=f"node{number + 1}", command=command, run=7, exit_code=code, seconds=number + 1.0, at=NOW)
        )


def test_the_same_command_on_all_nodes_is_one_entry() -> None:
    feed = ActivityLog()
    _run(feed)
    assert [entry.nodes for entry in feed.entries] == [("node1", "node2", "node3")]
    assert feed.entries[0].seconds == 3.0
    assert not feed.entries[0].running


def test_commands_with_the_same_merge_key_are_one_entry() -> None:
    feed = ActivityLog()
    for node, word in (("node1", "corotui-0123456789abcdef"), ("node2", "corotui-fedcba9876543210")):
        feed.add_event(CommandStarted(node=node, command=f"sh -s {word} x", run=1, merge_key="same", at=NOW))
    feed.add_event(CommandStarted(node="node3", command="sh -s x", run=1, merge_key="other", at=NOW))
    assert [entry.nodes for entry in feed.entries] == [("node1", "node2"), ("node3",)]


def test_a_script_is_named_and_can_be_repeated_by_hand() -> None:
    script = "x=1\ncat <<END\n$1 $x\nEND\n"
    feed = ActivityLog()
    for number in (1, 2):
        marked = f"{script}# {number:032x}\n"
        node = f"node{number}"
        command = "sh -s -- word"
        event = CommandStarted(node=node, command=command, run=number, at=NOW, script=marked, merge_key="same")
        feed.add_event(event)
    (entry,) = feed.entries
    assert entry.nodes == ("node1", "node2")
    assert entry.text == "sh -s -- word  (+5 lines)"
    done = subprocess.run(["sh", "-c", entry.full_command], capture_output=True, text=True, check=True)
    assert done.stdout == "word 1\n"


async def test_enter_in_the_log_shows_all_of_an_entry() -> None:
    async with console(console_states.lacking()) as it:
        for number, script in enumerate(("echo one\n\techo two\n", "exit 3\n")):
            event = CommandStarted(node="node1", command="sh -s", run=number, at=NOW + number, script=script)
            it.app.activity_log.add_event(event)
        await it.press("tab", "up", "enter")
        assert "    echo two" in it.text
        assert "exit 3" not in it.text
        await it.press("escape")
        assert "echo two" not in it.text


def test_a_command_run_again_later_is_another_entry() -> None:
    feed = ActivityLog()
    feed.add_event(CommandStarted(node="node1", command="true", run=1, at=NOW))
    feed.add_event(CommandStarted(node="node1", command="true", run=2, at=NOW + 0.1))
    feed.add_event(CommandStarted(node="node2", command="true", run=1, at=NOW + 5))
    assert len(feed.entries) == 3


def test_a_failure_names_its_node() -> None:
    feed = ActivityLog()
    _run(feed, codes=(0, 2, 0))
    assert feed.entries[0].failed == "node2 returned 2"


def test_the_oldest_output_goes_first() -> None:
    feed = ActivityLog(capacity=100)
    _run(feed)
    for number in range(5000):
        feed.add_event(CommandOutput(node="node1", run=7, text=f"line {number}"))
    assert len(feed.entries) <= 100
    assert feed.entries[0].kind == "command"
    assert feed.entries[-1].text == "line 4999"


def test_nodes_that_connect_together_are_one_line() -> None:
    feed = ActivityLog()
    for name in states.NAMES:
        feed.add_event(NodeState(node=name, state=Connection.CONNECTED, at=NOW))
    assert [(entry.text, len(entry.nodes)) for entry in feed.entries] == [("connected", 3)]


def test_long_commands_become_one_line() -> None:
    assert summarize_command("set -e\n\n cat x\nrm y\n") == "set -e  (+2 lines)"
    assert summarize_command(" ") == ""


def test_a_row_fits_and_holds_nothing_hostile() -> None:
    feed = ActivityLog()
    feed.add_event(CommandStarted(node="node1", command=HOSTILE, run=1, at=NOW))
    feed.add_event(CommandOutput(node="node1", run=1, text=HOSTILE, at=NOW))
    feed.add_event(Note(text=HOSTILE, at=NOW))
    for width in (1, 10, 62):
        frame = RenderContext(width, NOW, UNICODE)
        for entry in feed.entries:
            line = render_log_entry(entry, frame, node_count=3, name_width=6).line
            assert line.width <= width
            assert line.plain == "" or line.plain.isprintable()


async def test_hostile_output_reaches_the_screen_as_plain_text() -> None:
    async with console(console_states.fresh()) as it:
        it.workflow.tell(CommandStarted(node="node1", command="cat x", run=1, at=NOW))
        it.workflow.tell(CommandOutput(node="node1", run=1, text=HOSTILE, at=NOW))
        await it.settle()
        assert "[bold red]not markup[/]" in it.text
        assert not [ch for line in it.lines for ch in line if not ch.isprintable()]


async def test_a_flood_of_output_does_not_hold_up_a_key() -> None:
    async with console(console_states.fresh()) as it:
        it.workflow.tell(CommandStarted(node="node1", command="make", run=1, at=NOW))
        for number in range(20_000):
            it.workflow.tell(CommandOutput(node="node1", run=1, text=f"cc {number}", at=NOW))
        await it.press("right")
        assert it.step == "prerequisites"
        assert "cc 19999" in it.text
        assert len(it.app.activity_log.entries) <= 2000
