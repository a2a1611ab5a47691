"""Shows text that is only read, in a dialog."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from corotui.console.dialogs.base import Dialog
from corotui.console.render.context import RenderContext
from corotui.console.render.layout import Row
from corotui.console.style.context import StyleContext
from corotui.console.widgets.button_row import DialogButton


class TextViewer(Dialog[None]):
    """Shows the rows that `render_rows` makes for the width of the screen, under a heading."""

    def __init__(
        self, style_context: StyleContext, heading: str, render_rows: Callable[[RenderContext], Sequence[Row]]
    ) -> None:
        super().__init__(style_context)
        self._heading = heading
        self._render_rows = render_rows

    def heading(self) -> str:
        return self._heading

    def body(self, context: RenderContext) -> Sequence[Row]:
        return self._render_rows(context)

    def buttons(self) -> Sequence[DialogButton]:
        return (DialogButton("q", "back", "back"),)

    def choose(self, value: str) -> None:
        self.answer(None)
