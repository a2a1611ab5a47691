"""Something to read that has no place of its own."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.console.dialogs.sheet import Sheet
from corotui.console.paint.frame import Frame
from corotui.console.paint.line import Line, Row
from corotui.console.surface import Surface
from corotui.console.widgets.choices import Choice


class Read(Sheet[None]):
    """Rows under a heading."""

    def __init__(self, surface: Surface, heading: str, rows: Sequence[Row]) -> None:
        super().__init__(surface)
        self._heading = heading
        self._rows = rows

    def heading(self) -> str:
        return self._heading

    def body(self, frame: Frame) -> Sequence[Row]:
        return [Row(Line(row.line).fit(frame.width)) for row in self._rows]

    def choices(self) -> Sequence[Choice]:
        return (Choice("q", "back", "back"),)

    def taken(self, value: str) -> None:
        self.dismiss(None)
