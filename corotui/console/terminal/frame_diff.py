"""Writing only what differs from the frame before: over a slow line a key costs hundreds of bytes, not ten thousand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.control import Control
from rich.style import Style as Look
from textual.geometry import Size
from textual.strip import Strip

ScreenCell = tuple[str, Look | None]  # a character and its look; "" behind a character that is two cells wide


def cells(strip: Strip) -> list[ScreenCell]:
    """A line cell by cell."""
    out: list[ScreenCell] = []
    for segment in strip:
        look = segment.style
        for ch in segment.text:
            width = cell_len(ch)
            if width == 0:
                if out:
                    out[-1] = (out[-1][0] + ch, out[-1][1])
                continue
            out.append((ch, look))
            out += [("", look)] * (width - 1)
    return out


class FrameDiff:
    """Remembers the last frame. `forget` makes the next one a whole one."""

    def __init__(self) -> None:
        self._size = Size(0, 0)
        self._lines: list[Strip] = []

    def reset(self) -> None:
        """The terminal shows something unknown."""
        self._lines = []

    def update_sequence(self, lines: Iterable[Strip], size: Size, console: Console) -> str:
        """What turns the last frame into this one, as terminal sequences."""
        new = list(lines)
        if size != self._size:
            self.reset()
        out: list[str] = []
        for y, strip in enumerate(new):
            old = self._lines[y] if y < len(self._lines) else None
            if old is not None and _same(old, strip):
                continue
            start, end = (0, strip.cell_length) if old is None else _changed_span(cells(old), cells(strip))
            if start < end:
                out.append(Control.move_to(start, y).segment.text)
                out.append(strip.crop(start, end).render(console))
        self._size, self._lines = size, new
        return "".join(out)


def _same(old: Strip, new: Strip) -> bool:
    return old is new or list(old) == list(new)


def _changed_span(old: Sequence[ScreenCell], new: Sequence[ScreenCell]) -> tuple[int, int]:
    """First cell that differs, and the cell after the last one; whole characters."""
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
