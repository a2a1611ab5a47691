"""A password or a passphrase. It is held in memory only."""

from __future__ import annotations

from collections.abc import Sequence

from textual.widget import Widget
from textual.widgets import Input

from corotui.console.dialogs.sheet import Sheet
from corotui.console.paint.frame import Frame
from corotui.console.paint.line import Row
from corotui.console.surface import Surface
from corotui.console.widgets.choices import Choice


class Secret(Sheet[str | None]):
    """`asks` is the heading ("sudo password of ec2-user on node1"), `words` says what it is for. None: declined."""

    DEFAULT_CSS = """
    Secret Input { border: none; height: 1; margin: 1 0 0 1; padding: 0; background: $panel; }
    """
    AUTO_FOCUS = "Input"

    def __init__(self, surface: Surface, asks: str, *, words: str = "") -> None:
        super().__init__(surface)
        self._asks = asks
        self._words = words

    def heading(self) -> str:
        return self._asks

    def body(self, frame: Frame) -> Sequence[Row]:
        return frame.note(self._words, style="") if self._words else []

    def fields(self) -> Sequence[Widget]:
        field = Input(password=True, classes="field", select_on_focus=False)
        field.cursor_blink = False
        return (field,)

    def choices(self) -> Sequence[Choice]:
        return (Choice("esc", "without it", "no"), Choice("enter", "use it", "yes"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.taken("yes")

    def taken(self, value: str) -> None:
        field = self.query_one(Input)
        answer = field.value
        field.value = ""
        self.answer(answer if value == "yes" and answer else None)
