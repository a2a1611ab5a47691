"""Writing only differences shows the same screens as writing whole widgets, for fewer bytes."""

from __future__ import annotations

import pytest

from tests.support import console_states
from tests.support.recording_driver import RecordedConsole, run_recorded

KEYS = (
    *("question_mark", "escape", "3", "down", "5", "4", "1", "a", "x", "escape", "colon", "n", "escape", "l", "l", "l"),
    *("2", "down", "down", "m", "escape", "slash", "n", "o", "enter", "escape", "5", "e", "down", "x", "tab", "escape"),
)


async def _tour(size: tuple[int, int], *, diff_frames: bool) -> tuple[list[str], int]:
    """The terminal's screen after each key, and the bytes that were written in all."""
    screens: list[str] = []
    written = 0

    async def drive(it: RecordedConsole) -> None:
        nonlocal written
        for key in KEYS:
            await it.press(key)
            screens.append(it.terminal.screen.text)
        written = it.terminal.written

    await run_recorded(console_states.planned(), size, drive, diff_frames=diff_frames)
    return screens, written


@pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=str)
async def test_writing_only_differences_shows_the_same_screens(size: tuple[int, int]) -> None:
    whole, whole_written = await _tour(size, diff_frames=False)
    differences, differences_written = await _tour(size, diff_frames=True)
    assert differences == whole
    assert differences_written < whole_written / 2


async def test_an_idle_console_writes_nothing() -> None:
    async def drive(it: RecordedConsole) -> None:
        before = it.terminal.written
        for _ in range(3):
            await it.settle()
        assert it.terminal.written == before

    await run_recorded(console_states.planned(), (80, 24), drive, diff_frames=False)
