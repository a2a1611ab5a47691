"""Something to read that has no place of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from corotui.console.dialogs.sheet import Sheet
from corotui.console.paint.frame import Frame
from corotui.console.paint.line import Row
from corotui.console.surface import Surface
from corotui.console.widgets.choices import Choice


class Read(Sheet[None]):
    """What `paint` makes of the room there is, under a heading."""

    def __init__(self, surface: Surface, heading: str, paint: Callable[[Frame], Sequence[Row]]) -> None:
        super().__init__(surface)
        self._heading = heading
        self._paint_body = paint

    def heading(self) -> str:
        return self._heading

    def body(self, frame: Frame) -> Sequence[Row]:
        return self._paint_body(frame)

    def choices(self) -> Sequence[Choice]:
        return (Choice("q", "back", "back"),)

    def taken(self, value: str) -> None:
        self.answer(None)
