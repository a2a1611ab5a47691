"""What all dialogs have in common: a heading, rows to read, optional fields, and buttons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widget import Widget

from corotui.console.render.context import RenderContext
from corotui.console.render.layout import Row, StyledLine
from corotui.console.style.context import StyleContext
from corotui.console.terminal.compositor import use_clipped_compositor
from corotui.console.widgets.button_row import ButtonRow, DialogButton
from corotui.console.widgets.row_list import RowList
from corotui.console.widgets.status_line import StatusLine

T = TypeVar("T")

_FRAME_HEIGHT = 5  # lines that the body must leave for heading, gaps, buttons, and a look at the screen behind


class Dialog(ModalScreen[T]):
    """Subclasses define heading, body, fields and buttons, and turn the chosen button into a result."""

    DEFAULT_CSS = """
    Dialog { align: left bottom; background: transparent; }
    Dialog #sheet { height: auto; max-height: 100%; background: $background; }
    Dialog RowList { height: auto; }
    Dialog .gap { height: 1; }
    """
    AUTO_FOCUS = "ButtonRow"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c,ctrl+q", "decline", show=False, priority=True),
        Binding("up", "scroll_body(-1)", show=False),
        Binding("down", "scroll_body(1)", show=False),
        Binding("pageup", "scroll_body(-10)", show=False),
        Binding("pagedown", "scroll_body(10)", show=False),
    ]

    def __init__(self, style_context: StyleContext) -> None:
        super().__init__()
        use_clipped_compositor(self)
        self.style_context = style_context
        self._answered = False

    def answer(self, result: T) -> None:
        """Closes the dialog with a result. A second call, from a key pressed twice, does nothing."""
        if not self._answered and self.is_current:
            self._answered = True
            self.dismiss(result)

    def heading(self) -> str:
        """Returns the question, in a few words."""
        raise NotImplementedError

    def body(self, context: RenderContext) -> Sequence[Row]:
        """Returns what the operator needs to know to answer."""
        return ()

    def fields(self) -> Sequence[Widget]:
        """Returns widgets between body and buttons. Each has the class "field"."""
        return ()

    def buttons(self) -> Sequence[DialogButton]:
        """Returns the buttons, the harmless one first."""
        raise NotImplementedError

    def choose(self, value: str) -> None:
        """Called with the value of the chosen button; answers, unless something is wrong."""
        raise NotImplementedError

    def action_decline(self) -> None:
        """Esc: chooses the harmless button."""
        self.choose(self.buttons()[0].value)

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            yield StatusLine(self.style_context, id="heading")
            yield RowList(self.style_context, id="body", focusable=False)
            yield from self.fields()
            yield StatusLine(self.style_context, classes="gap")
            yield ButtonRow(self.style_context, self.buttons())
            yield StatusLine(self.style_context, classes="gap")

    def on_mount(self) -> None:
        self.update_content()

    def on_resize(self, event: events.Resize) -> None:
        self.update_content()

    def update_content(self) -> None:
        """Renders heading and body for the size of the screen."""
        width, height = self.app.size
        rule = self.style_context.glyphs.rule
        title = self.heading()
        rest = max(0, width - len(title) - 4)
        line = StyledLine((rule * 2, "rule"), (f" {title} ", "title"), (rule * rest, "rule"))
        self.query_one("#heading", StatusLine).show(line.truncate(width))
        body = self.query_one("#body", RowList)
        rows = self.body(self.style_context.render_context(max(8, width - 3)))
        fields_height = sum(max(1, widget.size.height) for widget in self.mounted_fields())
        body.styles.height = max(0, min(len(rows), height - fields_height - _FRAME_HEIGHT))
        body.set_rows(rows)

    def mounted_fields(self) -> Sequence[Widget]:
        """Returns the mounted widgets of `fields`."""
        return list(self.query(".field").results())

    def action_scroll_body(self, lines: int) -> None:
        """Scrolls the body. The buttons keep the focus."""
        self.query_one("#body", RowList).scroll_relative(y=lines, animate=False)

    def on_button_row_pressed(self, message: ButtonRow.Pressed) -> None:
        self.choose(message.value)
