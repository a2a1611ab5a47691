"""Lines of styled text, and how they are wrapped and put into columns. Everything on the screen is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len, set_cell_size

from corotui.cluster.text.outgoing import outgoing_line
from corotui.console.render.row_ids import RowId

StyleName = Literal["", "accent", "broken", "needs", "context", "strong", "key", "rule", "title"]
"""Styles by meaning; the theme says what each looks like. "broken" is red, "needs" (attention) is yellow."""
Piece = tuple[str, StyleName]


class StyledLine:
    """Pieces of text, each with a style: `StyledLine("plain", ("red", "broken"), other_line)`. Immutable.

    All text is made visible here, wherever it comes from: control and invisible characters as code points.
    """

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
                    pieces.append((outgoing_line(part), ""))
            elif part[0]:
                pieces.append((outgoing_line(part[0]), part[1]))
        self.pieces = tuple(pieces)
        self.width = sum(cell_len(text) for text, _ in pieces)

    @classmethod
    def _of_pieces(cls, pieces: Iterable[Piece]) -> StyledLine:
        """A line of pieces that are visible already: a second time, a part of a word would be a word of its own."""
        line = cls()
        line.pieces = tuple(pieces)
        line.width = sum(cell_len(text) for text, _ in line.pieces)
        return line

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
        return f"StyledLine({self.plain!r})"

    def truncate(self, width: int) -> StyledLine:
        """Returns at most `width` cells of the line, with "…" at the end if it was longer."""
        if self.width <= width:
            return self
        if width <= 0:
            return EMPTY_LINE
        kept: list[Piece] = []
        available = width - 1
        for text, style in self.pieces:
            cells = cell_len(text)
            if cells > available:
                kept.append((set_cell_size(text, available) + "…", style))
                break
            kept.append((text, style))
            available -= cells
        return self._of_pieces(kept)

    def pad(self, width: int, align: Literal["left", "right"] = "left") -> StyledLine:
        """Returns the line cut or filled to exactly `width` cells."""
        line = self.truncate(width)
        blanks = " " * (width - line.width)
        return StyledLine(line, blanks) if align == "left" else StyledLine(blanks, line)

    def styled(self, style: StyleName) -> StyledLine:
        """Returns the whole line in one style."""
        return self._of_pieces([(self.plain, style)] if self.pieces else [])


EMPTY_LINE = StyledLine()


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a page."""

    line: StyledLine
    """The line."""
    id: RowId | None = None
    """Neighbouring rows with the same identity are one item, which the cursor selects as a whole. The cursor skips rows
    without one."""


def spread(left: StyledLine | str, right: StyledLine | str, width: int) -> StyledLine:
    """Returns `left` and `right` at the two ends of `width` cells. If both do not fit, `left` is cut."""
    left, right = StyledLine(left), StyledLine(right)
    available = width - right.width
    if available <= 1:
        return StyledLine(left).truncate(width) if right.width > width else right
    return StyledLine(left.pad(available - 1), " ", right)


def table_row(
    cells: Sequence[StyledLine | str], widths: Sequence[int], *, right_aligned: Iterable[int] = ()
) -> StyledLine:
    """Returns cells side by side, two blanks between them. The last column is not padded; one of width 0 is left out.

    `right_aligned`: numbers of the columns, from 0, that are aligned to the right.
    """
    right_columns = frozenset(right_aligned)
    parts: list[StyledLine | str] = []
    last = len(cells) - 1
    for index, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        if width <= 0:
            continue
        line = StyledLine(cell)
        if index in right_columns:
            line = line.pad(width, "right")
        elif index < last:
            line = line.pad(width)
        else:
            line = line.truncate(width)
        parts.append(line)
        if index < last:
            parts.append("  ")
    return StyledLine(*parts)


def fit_widths(preferred: Sequence[int], total: int, *, minimum: int = 4) -> list[int]:
    """Returns widths of columns, two blanks between them, that fit into `total` cells: the widest columns shrink first.

    `preferred`: the cells each column wants. No column gets narrower than `minimum`, even if they do not fit then.
    """
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
    """Breaks the text at blanks into lines of at most `width` cells.

    The first line starts with `prefix`, the others with `indent` blanks. A word that is too long for a line is cut into
    pieces, not truncated: it may be a path that the operator needs.
    """

    def add(start: StyledLine | str, part: str) -> StyledLine:
        pieces = StyledLine(start).pieces
        return StyledLine._of_pieces((*pieces, (part, style)) if part else pieces)

    head = StyledLine(prefix)
    indent = min(indent, max(0, width - 8))
    lines: list[StyledLine] = []
    start: StyledLine | str = head
    available = width - head.width
    current = ""
    for word in outgoing_line(text.replace("\n", " ")).split(" "):
        rest = word
        while True:
            joined = f"{current} {rest}" if current else rest
            if cell_len(joined) <= available:
                current = joined
                break
            if current:
                lines.append(add(start, current))
                start, available, current = " " * indent, width - indent, ""
                continue
            if available < 2:
                if not lines and head.width > indent:
                    lines.append(head.truncate(width))
                    start, available = " " * indent, width - indent
                    continue
                available = 2
            piece = set_cell_size(rest, available).rstrip() or rest[:1]
            lines.append(add(start, piece))
            start, available, rest = " " * indent, width - indent, rest[len(piece) :]
            if not rest:
                break
    if current or not lines:
        lines.append(add(start, current))
    return lines
