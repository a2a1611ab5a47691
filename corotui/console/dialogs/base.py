"""The common form of a question: a heading, rows to read, perhaps fields, answers."""

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
from corotui.console.widgets.button_row import ButtonRow, DialogButton
from corotui.console.widgets.row_list import RowList
from corotui.console.widgets.status_line import StatusLine

T = TypeVar("T")


class Dialog(ModalScreen[T]):
    """Subclasses give `heading`, `body`, `fields`, `choices` and turn the taken choice into an answer."""

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
        self.style_context = style_context
        self._answered = False

    def answer(self, result: T) -> None:
        """Closes with a result. A second answer, of a key pressed twice, is not heard."""
        if not self._answered and self.is_current:
            self._answered = True
            self.dismiss(result)

    def heading(self) -> str:
        """What is asked, a few words."""
        raise NotImplementedError

    def body(self, context: RenderContext) -> Sequence[Row]:
        """What one has to know to answer."""
        return ()

    def fields(self) -> Sequence[Widget]:
        """Widgets between the body and the answers."""
        return ()

    def buttons(self) -> Sequence[DialogButton]:
        """Answers, the harmless one first."""
        raise NotImplementedError

    def choose(self, value: str) -> None:
        """A choice was taken: answer."""
        raise NotImplementedError

    def action_decline(self) -> None:
        """Esc: the harmless answer."""
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
        """Heading and body for the room there is."""
        width, height = self.app.size
        rule = self.style_context.glyphs.rule
        title = self.heading()
        rest = max(0, width - len(title) - 4)
        line = StyledLine((rule * 2, "rule"), (f" {title} ", "title"), (rule * rest, "rule"))
        self.query_one("#heading", StatusLine).show(line.truncate(width))
        page = self.query_one("#body", RowList)
        rows = self.body(self.style_context.render_context(max(8, width - 3)))
        taken = 5 + sum(max(1, widget.size.height) for widget in self.mounted_fields())
        page.styles.height = max(0, min(len(rows), height - taken))
        page.set_rows(rows)

    def mounted_fields(self) -> Sequence[Widget]:
        """The widgets of `fields` as they are mounted."""
        return list(self.query(".field").results())

    def action_scroll_body(self, lines: int) -> None:
        """Moves the body; answers keep the focus."""
        self.query_one("#body", RowList).scroll_relative(y=lines, animate=False)

    def on_button_row_pressed(self, message: ButtonRow.Pressed) -> None:
        self.choose(message.value)
