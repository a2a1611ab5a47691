"""Frames: what was written difference by difference is the same as what was written whole."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style as Look
from textual.geometry import Size
from textual.strip import Strip

from corotui.console.terminal.frame_diff import FrameDiff

_CONSOLE = Console(force_terminal=True, color_system="truecolor", legacy_windows=False)
_TOKEN = re.compile(r"\x1b\[(\d*);?(\d*)H|\x1b\[([0-9;]*)m|(.)", re.DOTALL)
WIDTH, HEIGHT = 12, 4

_looks = st.sampled_from([Look(), Look(color="red"), Look(bold=True, bgcolor="blue"), Look(underline=True)])
_segments = st.lists(st.tuples(st.text("ab 界─●", max_size=6), _looks).map(lambda made: Segment(*made)), max_size=5)


def _write(diff: FrameDiff, lines: list[Strip], size: Size) -> str:
    """The changes to a frame, which then counts as written."""
    sequence = diff.changes(lines, size, _CONSOLE)
    diff.remember(lines, size)
    return sequence


def _strip(segments: list[Segment]) -> Strip:
    return Strip(segments).adjust_cell_length(WIDTH, Look())


_frames = st.lists(st.lists(_segments.map(_strip), min_size=HEIGHT, max_size=HEIGHT), min_size=2, max_size=5)


class Screen:
    """A terminal that knows moving, looks and text."""

    def __init__(self) -> None:
        self.cells = {(x, y): (" ", "") for x in range(WIDTH) for y in range(HEIGHT)}
        self._x = self._y = 0
        self._look = ""

    def write(self, text: str) -> None:
        for row, column, look, ch in _TOKEN.findall(text):
            if ch:
                self.cells[self._x, self._y] = (ch, self._look)
                for more in range(1, cell_len(ch)):
                    self.cells[self._x + more, self._y] = ("", self._look)
                self._x += cell_len(ch)
            elif row or column:
                self._y, self._x = int(row or 1) - 1, int(column or 1) - 1
            else:
                self._look = "" if look in ("", "0") else look


@settings(max_examples=200)
@given(_frames)
def test_differences_add_up_to_the_whole(frames: list[list[Strip]]) -> None:
    sparing, size = FrameDiff(), Size(WIDTH, HEIGHT)
    shown = Screen()
    for frame in frames:
        shown.write(_write(sparing, frame, size))
        whole = Screen()
        whole.write(_write(FrameDiff(), frame, size))
        assert shown.cells == whole.cells


def test_nothing_is_written_when_nothing_changed() -> None:
    frames, size = FrameDiff(), Size(WIDTH, HEIGHT)
    lines = [_strip([Segment("abc")])] * HEIGHT
    assert _write(frames, lines, size)
    assert _write(frames, list(lines), size) == ""


def test_one_changed_cell_costs_a_few_bytes() -> None:
    frames, size = FrameDiff(), Size(WIDTH, HEIGHT)
    _write(frames, [_strip([Segment("abc")])] * HEIGHT, size)
    lines = [_strip([Segment("abc")])] * (HEIGHT - 1) + [_strip([Segment("abd")])]
    assert len(_write(frames, lines, size)) < 20


def test_another_size_or_forgetting_writes_all() -> None:
    frames = FrameDiff()
    lines = [_strip([Segment("abc")])] * HEIGHT
    whole = _write(frames, lines, Size(WIDTH, HEIGHT))
    assert _write(frames, lines, Size(WIDTH, HEIGHT + 1)) == whole
    frames.reset()
    assert _write(frames, lines, Size(WIDTH, HEIGHT + 1)) == whole
