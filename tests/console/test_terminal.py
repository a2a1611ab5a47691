"""The console in a real terminal: start, end, and terminals that vanish or read nothing."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pytest

from corotui.directory import Directory
from tests.support.terminal import PATIENCE, terminal

DEFECTIVE = """
import sys
from corotui.console import app, run
app.ConsoleApp._tick = lambda self: 1 // 0
raise SystemExit(run.run(sys.argv[1]))
"""


@pytest.fixture
def cluster(tmp_path: Path) -> str:
    """A new cluster directory."""
    directory = tmp_path / "db"
    Directory.create(directory, "db")
    return str(directory)


def _restored(output: bytes) -> bool:
    """The screen is the shell's again and the mouse is free."""
    return all(mode in output for mode in (b"\x1b[?1049l", b"\x1b[?1000l", b"\x1b[?25h", b"\x1b[?2004l"))


def test_renders_takes_keys_and_leaves(cluster: str) -> None:
    with terminal(cluster) as it:
        it.wait_for("Prerequisites")
        it.wait_for("add node")
        it.press("?")
        it.wait_for("corotui facts")
        it.press("Esc")
        time.sleep(0.3)  # an escape must not become the start of a sequence
        it.press("q")
        assert it.end() == 0
        assert _restored(it.output)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_give_the_terminal_back(cluster: str, number: signal.Signals) -> None:
    with terminal(cluster) as it:
        it.wait_for("add node")
        it.process.send_signal(number)
        assert it.end() == 128 + number
        assert _restored(it.output)


@pytest.mark.parametrize("told", [True, False], ids=["by SIGHUP", "without a signal"])
def test_a_terminal_that_vanishes_ends_the_console(cluster: str, told: bool) -> None:
    with terminal(cluster, controlling=told) as it:
        it.wait_for("add node")
        assert it.hang_up() == 128 + signal.SIGHUP


def test_a_terminal_that_takes_nothing_does_not_hold_the_process(cluster: str) -> None:
    with terminal(cluster, size=(160, 48)) as it:
        it.wait_for("add node")
        for _ in range(15):  # 30 frames of 33 kB: more than any buffer on the way holds
            it.press("Right")
            time.sleep(0.03)
            it.press("Left")
            time.sleep(0.03)
        it.process.send_signal(signal.SIGTERM)
        assert it.process.wait(PATIENCE) == 143


def test_a_mouse_report_that_is_no_utf8_does_not_end_the_console(cluster: str) -> None:
    with terminal(cluster) as it:
        it.wait_for("add node")
        os.write(it.master, b"\x1b[M \xff\xfe")
        time.sleep(0.5)
        it.press("?")
        it.wait_for("corotui facts")


def test_without_mouse_no_mouse_mode_is_asked_for(cluster: str) -> None:
    with terminal(cluster, "--no-mouse") as it:
        it.wait_for("add node")
        it.press("q")
        assert it.end() == 0
        assert b"\x1b[?1000h" not in it.output


def test_no_color_writes_no_colour(cluster: str) -> None:
    with terminal(cluster, NO_COLOR="1") as it:
        it.wait_for("add node")
        it.press("q")
        it.end()
        assert not re.search(rb"\x1b\[[0-9;]*\b(3[0-7]|4[0-7]|9[0-7]|38|48)\b[0-9;]*m", it.output)


@pytest.mark.parametrize("kind", ["linux", "vt100", "screen", "tmux-256color", "xterm"])
def test_any_terminal_starts(cluster: str, kind: str) -> None:
    with terminal(cluster, TERM=kind, COLORTERM="") as it:
        it.wait_for("add node")
        it.press("q")
        assert it.end() == 0


def test_a_defect_of_ours_gives_the_terminal_back_without_a_traceback(cluster: str) -> None:
    with terminal(cluster, program=("-c", DEFECTIVE)) as it:
        it.wait_for("corotui itself failed: ZeroDivisionError")
        assert it.end() == 1
        assert _restored(it.output)
        assert b"Traceback" not in it.output
    assert "ZeroDivisionError" in (Path(cluster) / ".corotui" / "console.log").read_text()


def _bytes_of_help(cluster: str, ssh_connection: str) -> int:
    """How many bytes the console writes from its start until the help is on the screen."""
    with terminal(cluster, SSH_CONNECTION=ssh_connection) if ssh_connection else terminal(cluster) as it:
        it.wait_for("add node")
        it.press("?")
        it.wait_for("corotui facts")
        return len(it.output)


def test_over_ssh_only_differences_are_written(cluster: str) -> None:
    assert _bytes_of_help(cluster, "10.0.0.1 50000 10.0.0.2 22") < _bytes_of_help(cluster, "") * 2 / 3


def test_ascii(cluster: str) -> None:
    with terminal(cluster, "--ascii") as it:
        it.wait_for("add node")
        it.press("q")
        assert it.end() == 0
        assert it.output.isascii()


def test_a_dumb_terminal_is_pointed_to_the_command_line(cluster: str) -> None:
    with terminal(cluster, TERM="dumb") as it:
        assert it.end() == 2
        assert b"corotui status" in it.output
        assert b"Traceback" not in it.output


def test_a_bad_cluster_toml_is_one_line_and_no_screen(cluster: str) -> None:
    (Path(cluster) / "cluster.toml").write_text("[cluster]\nname = 7\n")
    with terminal(cluster) as it:
        assert it.end() == 2
        assert b"cluster.toml:2: " in it.output
        assert b"\x1b[?1049h" not in it.output
