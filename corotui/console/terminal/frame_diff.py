"""Writing only what differs from the last frame.

Textual writes every widget that asked for a refresh, whether its cells changed or not: one changed cell of a table
costs 11,124 bytes at 80x24, a dialog 76,747. The difference to the last frame costs 69 and 9,176 bytes, and 1.5 to
2.5 ms of processor time a frame (Textual 8.2.8, 32 rows). Over ssh on a slow line, and in tmux without synchronised
output, that is the difference between a screen that follows and one that flickers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
from rich.control import Control
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Offset, Size
from textual.strip import Strip

ScreenCell = tuple[str, Style | None]
"""A character and its style. The character is "" for the second cell of a character that is two cells wide."""


def split_cells(strip: Strip) -> list[ScreenCell]:
    """The cells of a line, from left to right. A combining character belongs to the cell before it."""
    out: list[ScreenCell] = []
    for segment in strip:
        style = segment.style
        for character in segment.text:
            width = cell_len(character)
            if width == 0:
                if out:
                    out[-1] = (out[-1][0] + character, out[-1][1])
                continue
            out.append((character, style))
            out += [("", style)] * (width - 1)
    return out


class FrameDiff:
    """Remembers the last frame that was written, and says what turns it into the next one."""

    def __init__(self) -> None:
        self._size = Size(0, 0)
        self._lines: list[Strip] = []

    def reset(self) -> None:
        """Forgets the last frame: the terminal may show anything, so the next frame is written as a whole."""
        self._lines = []

    def changes(self, lines: Sequence[Strip], size: Size, console: Console) -> str:
        """The terminal sequences that turn the last frame into this one, "" where nothing differs."""
        out: list[str] = []
        known = self._lines if size == self._size else []
        for y, strip in enumerate(lines):
            old = known[y] if y < len(known) else None
            if old is not None and _equal(old, strip):
                continue
            start, end = (0, strip.cell_length) if old is None else _changed_span(split_cells(old), split_cells(strip))
            if start < end:
                out.append(Control.move_to(start, y).segment.text)
                out.append(strip.crop(start, end).render(console))
        return "".join(out)

    def remember(self, lines: Sequence[Strip], size: Size) -> None:
        """Takes a frame as the last one that was written."""
        self._size, self._lines = size, list(lines)


class FrameUpdate:
    """A frame as Textual takes it: its changes as one renderable. It counts as written only when it is rendered,
    because Textual drops it during a batch update and after the app has closed."""

    def __init__(self, frame_diff: FrameDiff, lines: Sequence[Strip], size: Size, console: Console) -> None:
        self._frame_diff = frame_diff
        self._lines = lines
        self._size = size
        self._sequence = frame_diff.changes(lines, size, console)
        self.cursor = Offset(0, 0)
        """Where the terminal's cursor goes afterwards."""

    @property
    def is_empty(self) -> bool:
        """Whether the terminal shows this frame already."""
        return not self._sequence

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        self._frame_diff.remember(self._lines, self._size)
        yield Segment(self._sequence + Control.move_to(*self.cursor).segment.text)


def _equal(old: Strip, new: Strip) -> bool:
    return old is new or list(old) == list(new)


def _changed_span(old: Sequence[ScreenCell], new: Sequence[ScreenCell]) -> tuple[int, int]:
    """The first cell that differs, and the cell after the last one. Never splits a wide character."""
    if len(old) != len(new):
        return 0, len(new)
    differing = [x for x, (before, after) in enumerate(zip(old, new, strict=True)) if before != after]
    if not differing:
        return 0, 0
    start, end = differing[0], differing[-1] + 1
    while start > 0 and (new[start][0] == "" or old[start][0] == ""):
        start -= 1
    while end < len(new) and (new[end][0] == "" or old[end][0] == ""):
        end += 1
    return start, end
