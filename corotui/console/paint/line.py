"""A line of the console: pieces of text, each with the name of a style. No other way leads to the screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len, set_cell_size

from corotui.cluster.text import clean_line

Style = Literal["", "accent", "broken", "needs", "context", "strong", "key", "rule", "title"]
Piece = tuple[str, Style]


def safe(text: str) -> str:
    """The text as one line without anything a terminal could take for an order; most text passes as it is."""
    return text if text.isprintable() else clean_line(text)


class Line:
    """Immutable. `Line("plain", ("red", "broken"), other_line)`; text is made `safe` here, whoever it comes from."""

    __slots__ = ("pieces", "width")
    pieces: tuple[Piece, ...]
    width: int

    def __init__(self, *parts: str | Piece | Line) -> None:
        pieces: list[Piece] = []
        for part in parts:
            if isinstance(part, Line):
                pieces.extend(part.pieces)
            elif isinstance(part, str):
                if part:
                    pieces.append((safe(part), ""))
            elif part[0]:
                pieces.append((safe(part[0]), part[1]))
        self.pieces = tuple(pieces)
        self.width = sum(cell_len(text) for text, _ in pieces)

    @property
    def plain(self) -> str:
        """The text without styles."""
        return "".join(text for text, _ in self.pieces)

    def __add__(self, other: Line | str) -> Line:
        return Line(self, other)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Line) and self.pieces == other.pieces

    def __hash__(self) -> int:
        return hash(self.pieces)

    def __repr__(self) -> str:
        return f"Line({self.plain!r})"

    def fit(self, width: int) -> Line:
        """At most `width` cells; what is cut off ends in "…"."""
        if self.width <= width:
            return self
        if width <= 0:
            return EMPTY
        kept: list[Piece] = []
        room = width - 1
        for text, style in self.pieces:
            cells = cell_len(text)
            if cells > room:
                kept.append((set_cell_size(text, room) + "…", style))
                break
            kept.append((text, style))
            room -= cells
        return Line(*kept)

    def pad(self, width: int, align: Literal["left", "right"] = "left") -> Line:
        """Exactly `width` cells."""
        line = self.fit(width)
        blank = " " * (width - line.width)
        return Line(line, blank) if align == "left" else Line(blank, line)

    def styled(self, style: Style) -> Line:
        """All of it in one style."""
        return Line((self.plain, style))


EMPTY = Line()


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a page. Neighbouring rows with the same `key` are one item, which the cursor takes as a whole; a row
    with an empty key is only read."""

    line: Line
    key: str = ""


def ends(left: Line | str, right: Line | str, width: int) -> Line:
    """`left` at the left, `right` at the right end of `width`; the left one yields where both do not fit."""
    left, right = Line(left), Line(right)
    room = width - right.width
    if room <= 1:
        return Line(left).fit(width) if right.width > width else right
    return Line(left.pad(room - 1), " ", right)


def columns(cells: Sequence[Line | str], widths: Sequence[int], *, right: Iterable[int] = ()) -> Line:
    """Cells side by side with two blanks between; `right` names the columns (from 0) that are right-aligned. The last
    column is not padded; a column of width 0 is left out."""
    at_right = frozenset(right)
    out: list[Line | str] = []
    last = len(cells) - 1
    for index, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        if width <= 0:
            continue
        line = Line(cell)
        if index in at_right:
            line = line.pad(width, "right")
        elif index < last:
            line = line.pad(width)
        else:
            line = line.fit(width)
        out.append(line)
        if index < last:
            out.append("  ")
    return Line(*out)


def share(wanted: Sequence[int], room: int, *, least: int = 4) -> list[int]:
    """Widths for columns that want these many cells, two blanks between, in `room` cells: the widest yield first."""
    widths = list(wanted)
    spare = room - sum(widths) - 2 * (len(widths) - 1)
    while spare < 0:
        widest = max(range(len(widths)), key=widths.__getitem__)
        if widths[widest] <= least:
            break
        widths[widest] -= 1
        spare += 1
    return widths


def wrapped(text: str, width: int, *, style: Style = "", first: Line | str = "", hang: int = 0) -> list[Line]:
    """The text broken at blanks into lines of at most `width` cells; `first` stands before the first one, `hang` blanks
    before the others. A word that is too long for a line is cut into pieces: it may be a path that is to be read."""
    head = Line(first)
    hang = min(hang, max(0, width - 8))
    lines: list[Line] = []
    start: Line | str = head
    room = width - head.width
    current = ""
    for word in safe(text.replace("\n", " ")).split(" "):
        rest = word
        while True:
            joined = f"{current} {rest}" if current else rest
            if cell_len(joined) <= room:
                current = joined
                break
            if current:
                lines.append(Line(start, (current, style)))
                start, room, current = " " * hang, width - hang, ""
                continue
            if room < 2:
                if not lines and head.width > hang:
                    lines.append(head.fit(width))
                    start, room = " " * hang, width - hang
                    continue
                room = 2
            piece = set_cell_size(rest, room).rstrip() or rest[:1]
            lines.append(Line(start, (piece, style)))
            start, room, rest = " " * hang, width - hang, rest[len(piece) :]
            if not rest:
                break
    if current or not lines:
        lines.append(Line(start, (current, style)))
    return lines
