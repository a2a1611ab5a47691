"""Differences written one after another make the same screen as the whole frame."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

from corotui.console.terminal.frame_diff import FrameDiff

_CONSOLE = Console(force_terminal=True, color_system="truecolor", legacy_windows=False)
_TOKEN = re.compile(r"\x1b\[(\d*);?(\d*)H|\x1b\[([0-9;]*)m|(.)", re.DOTALL)
WIDTH, HEIGHT = 12, 4

_styles = st.sampled_from([Style(), Style(color="red"), Style(bold=True, bgcolor="blue"), Style(underline=True)])
_segments = st.lists(st.tuples(st.text("ab 界─●", max_size=6), _styles).map(lambda made: Segment(*made)), max_size=5)


def _write(diff: FrameDiff, lines: list[Strip], size: Size) -> str:
    """The changes to a frame, which then counts as written."""
    sequence = diff.changes(lines, size, _CONSOLE)
    diff.remember(lines, size)
    return sequence


def _strip(segments: list[Segment]) -> Strip:
    return Strip(segments).adjust_cell_length(WIDTH, Style())


_frames = st.lists(st.lists(_segments.map(_strip), min_size=HEIGHT, max_size=HEIGHT), min_size=2, max_size=5)


class Screen:
    """A terminal that knows cursor moves, styles and text."""

    def __init__(self) -> None:
        self.cells = {(x, y): (" ", "") for x in range(WIDTH) for y in range(HEIGHT)}
        self._x = self._y = 0
        self._style = ""

    def write(self, text: str) -> None:
        for row, column, style, ch in _TOKEN.findall(text):
            if ch:
                self.cells[self._x, self._y] = (ch, self._style)
                for more in range(1, cell_len(ch)):
                    self.cells[self._x + more, self._y] = ("", self._style)
                self._x += cell_len(ch)
            elif row or column:
                self._y, self._x = int(row or 1) - 1, int(column or 1) - 1
            else:
                self._style = "" if style in ("", "0") else style


@settings(max_examples=200)
@given(_frames)
def test_differences_add_up_to_the_whole(frames: list[list[Strip]]) -> None:
    diff, size = FrameDiff(), Size(WIDTH, HEIGHT)
    shown = Screen()
    for frame in frames:
        shown.write(_write(diff, frame, size))
        whole = Screen()
        whole.write(_write(FrameDiff(), frame, size))
        assert shown.cells == whole.cells


def test_nothing_is_written_when_nothing_changed() -> None:
    diff, size = FrameDiff(), Size(WIDTH, HEIGHT)
    lines = [_strip([Segment("abc")])] * HEIGHT
    assert _write(diff, lines, size)
    assert _write(diff, list(lines), size) == ""


def test_one_changed_cell_costs_a_few_bytes() -> None:
    diff, size = FrameDiff(), Size(WIDTH, HEIGHT)
    _write(diff, [_strip([Segment("abc")])] * HEIGHT, size)
    lines = [_strip([Segment("abc")])] * (HEIGHT - 1) + [_strip([Segment("abd")])]
    assert len(_write(diff, lines, size)) < 20


def test_another_size_or_a_reset_writes_all() -> None:
    diff = FrameDiff()
    lines = [_strip([Segment("abc")])] * HEIGHT
    whole = _write(diff, lines, Size(WIDTH, HEIGHT))
    assert _write(diff, lines, Size(WIDTH, HEIGHT + 1)) == whole
    diff.reset()
    assert _write(diff, lines, Size(WIDTH, HEIGHT + 1)) == whole
