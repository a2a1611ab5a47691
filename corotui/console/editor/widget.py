"""The text of corosync.conf with its diagnostics under the words they mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style as Look
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.document._document import EditResult
from textual.document._edit import Edit
from textual.message import Message
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import TextAreaTheme

from corotui.cluster.finding import Severity
from corotui.console.style.context import StyleContext
from corotui.console.style.theme import PALETTES

_SECTION = re.compile(r"^\s*([A-Za-z0-9_.-]+)\s*\{")
_MAX_CACHED_LINES = 2000  # lines whose look is kept
_KEY = re.compile(r"^\s*([A-Za-z0-9_.-]+)\s*:")


@dataclass(frozen=True, slots=True)
class DiagnosticMark:
    """A place in the text, `line` and `column` from 0; `length` 0 means the line as a whole."""

    line: int
    column: int
    length: int
    severity: Severity


def visible_line(text: str) -> str:
    """The line with everything a terminal could take for an order made visible, character for character."""
    return text if text.isprintable() else "".join(ch if ch == "\t" or ch.isprintable() else "\ufffd" for ch in text)


class Editor(TextArea):
    """`marks` underline; a sign stands between line number and text. Enter makes a line here; Esc is the screen's."""

    DEFAULT_CSS = """
    Editor, Editor:focus { border: none; padding: 0; background: $background; color: $foreground; }
    Editor { scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; }
    Editor .text-area--gutter { color: $context; background: $background; }
    Editor .text-area--cursor-gutter { color: $foreground; background: $background; text-style: none; }
    Editor:focus .text-area--cursor-gutter { background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+f", "ignore", show=False),
        Binding("escape", "left", show=False, priority=True),
        Binding("tab", "complete", show=False, priority=True),
        # As keys with priority these two need not first pass by everything that holds the editor.
        Binding("backspace", "delete_left", show=False, priority=True),
        Binding("delete", "delete_right", show=False, priority=True),
        Binding("ctrl+home", "edge(False)", show=False),
        Binding("ctrl+end", "edge(True)", show=False),
    ]

    class Exited(Message):
        """Esc was pressed: the operator has done with the text for now."""

    def __init__(self, style_context: StyleContext, *, text_edited: Callable[[], None], id: str | None = None) -> None:  # noqa: A002
        super().__init__("", soft_wrap=False, tab_behavior="indent", show_line_numbers=True, max_checkpoints=500, id=id)
        self.style_context = style_context
        self._text_edited = text_edited
        self.cursor_blink = False
        self.indent_width = 4
        self._marks: dict[int, tuple[DiagnosticMark, ...]] = {}
        self._strip_cache: dict[tuple[object, ...], Strip] = {}
        for name, palette in PALETTES.items():
            # Only a ground: the line of the cursor keeps the colours of its words.
            self.register_theme(TextAreaTheme(name, cursor_line_style=palette.cursor_elsewhere))
        self.theme = style_context.palette.theme.name

    def edit(self, edit: Edit) -> EditResult:
        # Whoever wants to know is told by `edited`; messages would pass by ten widgets before the frame is painted.
        with self.prevent(TextArea.Changed, TextArea.SelectionChanged):
            return super().edit(edit)

    def update_suggestion(self) -> None:
        # Textual calls it at each change of the text, before anything of that is painted.
        if self.is_mounted:
            self._text_edited()

    def set_marks(self, marks: Sequence[DiagnosticMark]) -> None:
        """Replaces the marks."""
        by_line: dict[int, tuple[DiagnosticMark, ...]] = {}
        for mark in marks:
            by_line[mark.line] = (*by_line.get(mark.line, ()), mark)
        if by_line != self._marks:
            self._marks = by_line
            self.refresh()

    def action_ignore(self) -> None:
        """A key of TextArea's that would delete a word without asking; the console uses it for something else."""

    def action_left(self) -> None:
        """Says that Esc was pressed."""
        self.post_message(self.Exited())

    def action_complete(self) -> None:
        """Tab: takes what is suggested, else indents."""
        self.insert(self.suggestion or " " * self.indent_width)

    def action_edge(self, end: bool) -> None:
        """To the first or the last character."""
        self.move_cursor(self.document.end if end else (0, 0))

    def get_line(self, line_index: int) -> Text:
        plain = visible_line(self.document.get_line(line_index))
        looks = self.style_context.palette.looks
        line = Text(plain, end="", no_wrap=True)
        stripped = plain.lstrip()
        if stripped.startswith("#"):
            line.stylize(Look(color=looks["context"].color, dim=looks["context"].dim))
        elif match := _SECTION.match(plain):
            line.stylize(Look(bold=True), match.start(1), match.end(1))
        elif match := _KEY.match(plain):
            line.stylize(Look(color=looks["accent"].color), match.start(1), match.end(1))
        for mark in self._marks.get(line_index, ()):
            start, end = (mark.column, mark.column + mark.length) if mark.length else (0, len(plain))
            look = looks["broken"] if mark.severity is Severity.ERROR else looks["needs"]
            if mark.severity is not Severity.INFO:
                line.stylize(Look(color=look.color, underline=True), start, end)
        return line

    def render_line(self, y: int) -> Strip:
        # Textual's own cache forgets all lines at each change of the suggestion; painting one takes it 0.5 ms.
        row = y + self.scroll_offset.y
        if row >= self.document.line_count:
            return super().render_line(y)
        key = self._strip_cache_key(row)
        strip = self._strip_cache.get(key)
        if strip is None:
            if len(self._strip_cache) > _MAX_CACHED_LINES:
                self._strip_cache.clear()
            self._line_cache.clear()
            strip = self._strip_cache[key] = self._add_sign(super().render_line(y), self._marks.get(row, ()))
        return strip

    def _strip_cache_key(self, row: int) -> tuple[object, ...]:
        """Everything that the look of a line depends on."""
        (top, _), (bottom, _) = sorted(self.selection)
        bracket = self._matching_bracket_location
        touched = top <= row <= bottom or (bracket is not None and bracket[0] == row)
        cursor = (self.selection, bracket, self.suggestion, self.has_focus, self._cursor_visible) if touched else None
        room = (self.size.width, self.scroll_offset.x, self.gutter_width, self.theme, self.read_only)
        return row, self.document.get_line(row), self._marks.get(row), cursor, room

    def _add_sign(self, strip: Strip, marks: Sequence[DiagnosticMark]) -> Strip:
        """The line with the sign of its worst mark between number and text."""
        if not marks or self.gutter_width < 3:
            return strip
        g, looks = self.style_context.glyphs, self.style_context.palette.looks
        worst = min(marks, key=lambda mark: mark.severity.rank).severity
        sign, look = {
            "error": (g.failed, looks["broken"]),
            "warning": (g.needs, looks["needs"]),
            "info": (g.todo, looks["context"]),
        }[worst]
        at = self.gutter_width - 2
        under = next(iter(strip.crop(at, at + 1)), Segment(" "))
        cell = Strip([Segment(sign, (under.style or Look()) + Look(color=look.color, dim=look.dim))], 1)
        return Strip.join([strip.crop(0, at), cell, strip.crop(at + 1)])
