"""Drives a console from step to step by its keys."""

from __future__ import annotations

from tests.support.terminal import Terminal

MOST_KEYS = 20
ASKS = "[n not now]"
LONG = 300.0  # seconds: packages are fetched and installed, or a ring forms on a busy machine


def wait_until_idle(it: Terminal) -> None:
    """Returns when nothing has been under way for longer than the moment between two operations."""
    quiet = 0
    while quiet < 3:
        assert it.read(lambda: "◐" not in it.screen.lines[2], LONG), it.screen.text
        quiet = 0 if it.read(lambda: "◐" in it.screen.lines[2], 0.2) else quiet + 1


def press_enter(it: Terminal) -> None:
    """Presses Enter, and `y` where a confirmation is asked for; returns when the operation has ended."""
    it.read(lambda: "↵" in it.screen.lines[-1])
    before = it.screen.text
    it.press("Enter")
    assert it.read(lambda: it.screen.text != before), it.screen.text
    if it.read(lambda: ASKS in it.screen.text, 1):
        it.press("y")
        assert it.read(lambda: ASKS not in it.screen.text), it.screen.text
    wait_until_idle(it)


def press_enter_until_ring(it: Terminal) -> None:
    """Presses Enter, and `y`, until the ring has quorum."""
    it.wait_for("connect to 3 nodes")
    while "▸ Ring" not in it.screen.text:
        assert it.presses < MOST_KEYS, it.screen.text
        press_enter(it)
    it.wait_for("quorate, 3 of 3 members", LONG)
