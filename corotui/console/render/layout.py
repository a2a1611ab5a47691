"""A line of the console: pieces of text, each with the name of a style. No other way leads to the screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len, set_cell_size

from corotui.cluster.sanitize import clean_line

StyleName = Literal["", "accent", "broken", "needs", "context", "strong", "key", "rule", "title"]
Piece = tuple[str, StyleName]


def sanitize(text: str) -> str:
    """The text as one line without anything a terminal could take for an order; most text passes as it is."""
    return text if text.isprintable() else clean_line(text)


class StyledLine:
    """Immutable. `Line("plain", ("red", "broken"), other_line)`; text is made `safe` here, whoever it comes from."""

    __slots__ = ("pieces", "width")
    pieces: tuple[Piece, ...]
    width: int

    def __init__(self, *parts: str | Piece | StyledLine) -> None:
        pieces: list[Piece] = []
        for part in parts:
            if isinstance(part, StyledLine):
                pieces.extend(part.pieces)
            elif isinstance(part, str):
                if part:
                    pieces.append((sanitize(part), ""))
            elif part[0]:
                pieces.append((sanitize(part[0]), part[1]))
        self.pieces = tuple(pieces)
        self.width = sum(cell_len(text) for text, _ in pieces)

    @property
    def plain(self) -> str:
        """The text without styles."""
        return "".join(text for text, _ in self.pieces)

    def __add__(self, other: StyledLine | str) -> StyledLine:
        return StyledLine(self, other)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StyledLine) and self.pieces == other.pieces

    def __hash__(self) -> int:
        return hash(self.pieces)

    def __repr__(self) -> str:
        return f"Line({self.plain!r})"

    def truncate(self, width: int) -> StyledLine:
        """At most `width` cells; what is cut off ends in "…"."""
        if self.width <= width:
            return self
        if width <= 0:
            return EMPTY_LINE
        kept: list[Piece] = []
        room = width - 1
        for text, style in self.pieces:
            cells = cell_len(text)
            if cells > room:
                kept.append((set_cell_size(text, room) + "…", style))
                break
            kept.append((text, style))
            room -= cells
        return StyledLine(*kept)

    def pad(self, width: int, align: Literal["left", "right"] = "left") -> StyledLine:
        """Exactly `width` cells."""
        line = self.truncate(width)
        blank = " " * (width - line.width)
        return StyledLine(line, blank) if align == "left" else StyledLine(blank, line)

    def styled(self, style: StyleName) -> StyledLine:
        """All of it in one style."""
        return StyledLine((self.plain, style))


EMPTY_LINE = StyledLine()


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a page. Neighbouring rows with the same `key` are one item, which the cursor takes as a whole; a row
    with an empty key is only read."""

    line: StyledLine
    key: str = ""


def spread(left: StyledLine | str, right: StyledLine | str, width: int) -> StyledLine:
    """`left` at the left, `right` at the right end of `width`; the left one yields where both do not fit."""
    left, right = StyledLine(left), StyledLine(right)
    room = width - right.width
    if room <= 1:
        return StyledLine(left).truncate(width) if right.width > width else right
    return StyledLine(left.pad(room - 1), " ", right)


def table_row(
    cells: Sequence[StyledLine | str], widths: Sequence[int], *, right_aligned: Iterable[int] = ()
) -> StyledLine:
    """Cells side by side with two blanks between; `right` names the columns (from 0) that are right-aligned. The last
    column is not padded; a column of width 0 is left out."""
    at_right = frozenset(right_aligned)
    out: list[StyledLine | str] = []
    last = len(cells) - 1
    for index, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        if width <= 0:
            continue
        line = StyledLine(cell)
        if index in at_right:
            line = line.pad(width, "right")
        elif index < last:
            line = line.pad(width)
        else:
            line = line.truncate(width)
        out.append(line)
        if index < last:
            out.append("  ")
    return StyledLine(*out)


def fit_widths(preferred: Sequence[int], total: int, *, minimum: int = 4) -> list[int]:
    """Widths for columns that want these many cells, two blanks between, in `room` cells: the widest yield first."""
    widths = list(preferred)
    spare = total - sum(widths) - 2 * (len(widths) - 1)
    while spare < 0:
        widest = max(range(len(widths)), key=widths.__getitem__)
        if widths[widest] <= minimum:
            break
        widths[widest] -= 1
        spare += 1
    return widths


def wrap_text(
    text: str, width: int, *, style: StyleName = "", prefix: StyledLine | str = "", indent: int = 0
) -> list[StyledLine]:
    """The text broken at blanks into lines of at most `width` cells; `first` stands before the first one, `hang` blanks
    before the others. A word that is too long for a line is cut into pieces: it may be a path that is to be read."""
    head = StyledLine(prefix)
    indent = min(indent, max(0, width - 8))
    lines: list[StyledLine] = []
    start: StyledLine | str = head
    room = width - head.width
    current = ""
    for word in sanitize(text.replace("\n", " ")).split(" "):
        rest = word
        while True:
            joined = f"{current} {rest}" if current else rest
            if cell_len(joined) <= room:
                current = joined
                break
            if current:
                lines.append(StyledLine(start, (current, style)))
                start, room, current = " " * indent, width - indent, ""
                continue
            if room < 2:
                if not lines and head.width > indent:
                    lines.append(head.truncate(width))
                    start, room = " " * indent, width - indent
                    continue
                room = 2
            piece = set_cell_size(rest, room).rstrip() or rest[:1]
            lines.append(StyledLine(start, (piece, style)))
            start, room, rest = " " * indent, width - indent, rest[len(piece) :]
            if not rest:
                break
    if current or not lines:
        lines.append(StyledLine(start, (current, style)))
    return lines
