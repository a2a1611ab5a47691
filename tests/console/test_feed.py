"""The log: one entry for a command on many nodes, bounded, nothing hostile."""

from __future__ import annotations

import subprocess

from corotui.cluster.events import CommandEnded, CommandOutput, CommandStarted, NodeState, Note
from corotui.console.feed import Feed, one_line
from corotui.console.glyphs import UNICODE
from corotui.console.paint.frame import Frame
from corotui.console.paint.log import log_row

from . import pictures
from .pictures import NOW
from .screen import console

HOSTILE = "\x1b[2J\x1b]0;owned\x07[bold red]not markup[/] \u202egnp.exe\r\x9b31m"


def _run(feed: Feed, command: str = "ip -json addr", codes: tuple[int | None, ...] = (0, 0, 0)) -> None:
    for number in range(len(codes)):
        feed.hear(CommandStarted(node=f"node{number + 1}", command=command, run=7, at=NOW + number / 10))
    for number, code in enumerate(codes):
        feed.hear(
            CommandEnded(node=f"node{number + 1}", command=command, run=7, exit_code=code, seconds=number + 1.0, at=NOW)
        )


def test_the_same_command_on_all_nodes_is_one_entry() -> None:
    feed = Feed()
    _run(feed)
    assert [entry.nodes for entry in feed.entries] == [("node1", "node2", "node3")]
    assert feed.entries[0].seconds == 3.0
    assert not feed.entries[0].running


def test_marks_that_corotui_adds_do_not_keep_commands_apart() -> None:
    feed = Feed()
    feed.hear(CommandStarted(node="node1", command="sh -s corotui-0123456789abcdef x", run=1, at=NOW))
    feed.hear(CommandStarted(node="node2", command="sh -s corotui-fedcba9876543210 x", run=1, at=NOW))
    assert len(feed.entries) == 1


def test_a_script_is_named_and_can_be_repeated_by_hand() -> None:
    script = "x=1\ncat <<END\n$1 $x\nEND\n"
    feed = Feed()
    for number in (1, 2):
        marked = f"{script}# {number:032x}\n"
        event = CommandStarted(node=f"node{number}", command="sh -s -- word", run=number, at=NOW, script=marked)
        feed.hear(event)
    (entry,) = feed.entries
    assert entry.nodes == ("node1", "node2")
    assert entry.text == "sh -s -- word  (+5 lines)"
    done = subprocess.run(["sh", "-c", entry.full], capture_output=True, text=True, check=True)
    assert done.stdout == "word 1\n"


async def test_enter_in_the_log_shows_all_of_an_entry() -> None:
    async with console(pictures.lacking()) as it:
        for number, script in enumerate(("echo one\n\techo two\n", "exit 3\n")):
            event = CommandStarted(node="node1", command="sh -s", run=number, at=NOW + number, script=script)
            it.app.feed.hear(event)
        await it.press("tab", "up", "enter")
        assert "    echo two" in it.text
        assert "exit 3" not in it.text
        await it.press("escape")
        assert "echo two" not in it.text


def test_a_command_run_again_later_is_another_entry() -> None:
    feed = Feed()
    feed.hear(CommandStarted(node="node1", command="true", run=1, at=NOW))
    feed.hear(CommandStarted(node="node1", command="true", run=2, at=NOW + 0.1))
    feed.hear(CommandStarted(node="node2", command="true", run=1, at=NOW + 5))
    assert len(feed.entries) == 3


def test_a_failure_names_its_node() -> None:
    feed = Feed()
    _run(feed, codes=(0, 2, 0))
    assert feed.entries[0].failed == "node2 returned 2"


def test_the_oldest_output_goes_first() -> None:
    feed = Feed(capacity=100)
    _run(feed)
    for number in range(5000):
        feed.hear(CommandOutput(node="node1", run=7, text=f"line {number}"))
    assert len(feed.entries) <= 100
    assert feed.entries[0].kind == "command"
    assert feed.entries[-1].text == "line 4999"


def test_nodes_that_connect_together_are_one_line() -> None:
    feed = Feed()
    for name in pictures.NAMES:
        feed.hear(NodeState(node=name, state="connected", at=NOW))
    assert [(entry.text, len(entry.nodes)) for entry in feed.entries] == [("connected", 3)]


def test_long_commands_become_one_line() -> None:
    assert one_line("set -e\n\n cat x\nrm y\n") == "set -e  (+2 lines)"
    assert one_line(" ") == ""


def test_a_row_fits_and_holds_nothing_hostile() -> None:
    feed = Feed()
    feed.hear(CommandStarted(node="node1", command=HOSTILE, run=1, at=NOW))
    feed.hear(CommandOutput(node="node1", run=1, text=HOSTILE, at=NOW))
    feed.hear(Note(text=HOSTILE, at=NOW))
    for width in (1, 10, 62):
        frame = Frame(width, 3, NOW, UNICODE)
        for entry in feed.entries:
            line = log_row(entry, frame, everybody=3, key="k", column=6).line
            assert line.width <= width
            assert line.plain == "" or line.plain.isprintable()


async def test_hostile_output_reaches_the_screen_as_plain_text() -> None:
    async with console(pictures.fresh()) as it:
        it.walk.tell(CommandStarted(node="node1", command="cat x", run=1, at=NOW))
        it.walk.tell(CommandOutput(node="node1", run=1, text=HOSTILE, at=NOW))
        await it.settle()
        assert "[bold red]not markup[/]" in it.text
        assert not [ch for line in it.lines for ch in line if not ch.isprintable()]


async def test_a_flood_of_output_does_not_hold_up_a_key() -> None:
    async with console(pictures.fresh()) as it:
        it.walk.tell(CommandStarted(node="node1", command="make", run=1, at=NOW))
        for number in range(20_000):
            it.walk.tell(CommandOutput(node="node1", run=1, text=f"cc {number}", at=NOW))
        await it.press("right")
        assert it.step == "prerequisites"
        assert "cc 19999" in it.text
        assert len(it.app.feed.entries) <= 2000
