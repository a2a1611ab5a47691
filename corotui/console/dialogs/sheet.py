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

from corotui.console.paint.frame import Frame
from corotui.console.paint.line import Line, Row
from corotui.console.surface import Surface
from corotui.console.widgets.choices import Choice, Choices
from corotui.console.widgets.one_line import OneLine
from corotui.console.widgets.page import Page

T = TypeVar("T")


class Sheet(ModalScreen[T]):
    """Subclasses give `heading`, `body`, `fields`, `choices` and turn the taken choice into an answer."""

    DEFAULT_CSS = """
    Sheet { align: left bottom; background: transparent; }
    Sheet #sheet { height: auto; max-height: 100%; background: $background; }
    Sheet Page { height: auto; }
    Sheet .gap { height: 1; }
    """
    AUTO_FOCUS = "Choices"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c,ctrl+q", "decline", show=False, priority=True),
        Binding("up", "scroll_body(-1)", show=False),
        Binding("down", "scroll_body(1)", show=False),
        Binding("pageup", "scroll_body(-10)", show=False),
        Binding("pagedown", "scroll_body(10)", show=False),
    ]

    def __init__(self, surface: Surface) -> None:
        super().__init__()
        self.surface = surface
        self._answered = False

    def answer(self, result: T) -> None:
        """Closes with a result. A second answer, of a key pressed twice, is not heard."""
        if not self._answered and self.is_current:
            self._answered = True
            self.dismiss(result)

    def heading(self) -> str:
        """What is asked, a few words."""
        raise NotImplementedError

    def body(self, frame: Frame) -> Sequence[Row]:
        """What one has to know to answer."""
        return ()

    def fields(self) -> Sequence[Widget]:
        """Widgets between the body and the answers."""
        return ()

    def choices(self) -> Sequence[Choice]:
        """Answers, the harmless one first."""
        raise NotImplementedError

    def taken(self, value: str) -> None:
        """A choice was taken: answer."""
        raise NotImplementedError

    def action_decline(self) -> None:
        """Esc: the harmless answer."""
        self.taken(self.choices()[0].value)

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            yield OneLine(self.surface, id="heading")
            yield Page(self.surface, id="body", focusable=False)
            yield from self.fields()
            yield OneLine(self.surface, classes="gap")
            yield Choices(self.surface, self.choices())
            yield OneLine(self.surface, classes="gap")

    def on_mount(self) -> None:
        self.repaint()

    def on_resize(self, event: events.Resize) -> None:
        self.repaint()

    def repaint(self) -> None:
        """Heading and body for the room there is."""
        width, height = self.app.size
        rule = self.surface.glyphs.rule
        title = self.heading()
        rest = max(0, width - len(title) - 4)
        line = Line((rule * 2, "rule"), (f" {title} ", "title"), (rule * rest, "rule"))
        self.query_one("#heading", OneLine).show(line.fit(width))
        page = self.query_one("#body", Page)
        rows = self.body(self.surface.frame(max(8, width - 3), height))
        taken = 5 + sum(max(1, widget.size.height) for widget in self.fields_there())
        page.styles.height = max(0, min(len(rows), height - taken))
        page.show(rows)

    def fields_there(self) -> Sequence[Widget]:
        """The widgets of `fields` as they are mounted."""
        return list(self.query(".field").results())

    def action_scroll_body(self, by: int) -> None:
        """Moves the body; answers keep the focus."""
        self.query_one("#body", Page).scroll_relative(y=by, animate=False)

    def on_choices_taken(self, message: Choices.Taken) -> None:
        self.taken(message.value)
