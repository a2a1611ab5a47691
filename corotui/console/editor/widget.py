"""The editor for corosync.conf: a text area that underlines diagnostics and marks their lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import Edit, EditResult, TextAreaTheme

from corotui.cluster.finding import Severity
from corotui.cluster.text.visible import same_length
from corotui.console.style.context import StyleContext
from corotui.console.style.theme import PALETTES

_SECTION = re.compile(r"^\s*([A-Za-z0-9_.-]+)\s*\{")
_KEY = re.compile(r"^\s*([A-Za-z0-9_.-]+)\s*:")
_MAX_CACHED_LINES = 2000  # rendered lines that are kept


@dataclass(frozen=True, slots=True)
class DiagnosticMark:
    """The range of characters in the text that a diagnostic is about."""

    line: int
    """Counted from 0."""
    column: int
    """Of the first character, counted from 0."""
    length: int
    """In characters; 0 stands for the whole line."""
    severity: Severity
    """How bad it is."""


class Editor(TextArea):
    """The text area of the Configuration step. Enter makes a line, Tab takes the suggestion, Esc leaves the editor."""

    DEFAULT_CSS = """
    Editor, Editor:focus { border: none; padding: 0; background: $background; color: $foreground; }
    Editor { scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; }
    Editor .text-area--gutter { color: $context; background: $background; }
    Editor .text-area--cursor-gutter { color: $foreground; background: $background; text-style: none; }
    Editor:focus .text-area--cursor-gutter { background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+f", "ignore", show=False),
        Binding("escape", "leave", show=False, priority=True),
        Binding("tab", "complete", show=False, priority=True),
        # With priority these two keys need not pass all widgets that contain the editor first.
        Binding("backspace", "delete_left", show=False, priority=True),
        Binding("delete", "delete_right", show=False, priority=True),
        Binding("ctrl+home", "edge(False)", show=False),
        Binding("ctrl+end", "edge(True)", show=False),
    ]

    class Exited(Message):
        """Esc was pressed: the focus should go elsewhere."""

    def __init__(self, style_context: StyleContext, *, text_edited: Callable[[], None], id: str | None = None) -> None:  # noqa: A002
        super().__init__("", soft_wrap=False, tab_behavior="indent", show_line_numbers=True, max_checkpoints=500, id=id)
        self.style_context = style_context
        self._text_edited = text_edited
        self.cursor_blink = False
        self.indent_width = 4
        self._marks: dict[int, tuple[DiagnosticMark, ...]] = {}
        self._strip_cache: dict[tuple[object, ...], Strip] = {}
        for name, palette in PALETTES.items():
            # Only a background: the cursor's line keeps the colours of its text.
            self.register_theme(TextAreaTheme(name, cursor_line_style=palette.cursor_elsewhere))
        self.theme = style_context.palette.theme.name

    def edit(self, edit: Edit) -> EditResult:
        # `text_edited` is called at once, so that the diagnostics appear in the same frame as the text. The messages
        # would bubble through ten widgets first.
        with self.prevent(TextArea.Changed, TextArea.SelectionChanged):
            result = super().edit(edit)
        self._report_edit()
        return result

    def undo(self) -> None:
        super().undo()
        self._report_edit()

    def redo(self) -> None:
        super().redo()
        self._report_edit()

    def load_text(self, text: str) -> None:
        super().load_text(text)
        self._report_edit()

    def _report_edit(self) -> None:
        if self.is_mounted:
            self._text_edited()

    def set_marks(self, marks: Sequence[DiagnosticMark]) -> None:
        """Replaces all marks."""
        by_line: dict[int, tuple[DiagnosticMark, ...]] = {}
        for mark in marks:
            by_line[mark.line] = (*by_line.get(mark.line, ()), mark)
        if by_line != self._marks:
            self._marks = by_line
            self.notify_style_update()  # Textual's cache of lines does not know the marks; this empties it
            self.refresh()

    def action_ignore(self) -> None:
        """Does nothing, in place of TextArea's ctrl+f, which deletes a word."""

    def action_leave(self) -> None:
        """Reports that Esc was pressed."""
        self.post_message(self.Exited())

    def action_complete(self) -> None:
        """Inserts the suggestion, or indents where there is none."""
        self.insert(self.suggestion or " " * self.indent_width)

    def action_edge(self, end: bool) -> None:
        """Moves the cursor to the first or the last character."""
        self.move_cursor(self.document.end if end else (0, 0))

    def get_line(self, line_index: int) -> Text:
        plain = same_length(self.document.get_line(line_index))
        styles = self.style_context.palette.styles
        line = Text(plain, end="", no_wrap=True)
        stripped = plain.lstrip()
        if stripped.startswith("#"):
            line.stylize(Style(color=styles["context"].color, dim=styles["context"].dim))
        elif match := _SECTION.match(plain):
            line.stylize(Style(bold=True), match.start(1), match.end(1))
        elif match := _KEY.match(plain):
            line.stylize(Style(color=styles["accent"].color), match.start(1), match.end(1))
        for mark in self._marks.get(line_index, ()):
            start, end = (mark.column, mark.column + mark.length) if mark.length else (0, len(plain))
            style = styles["broken"] if mark.severity is Severity.ERROR else styles["needs"]
            if mark.severity is not Severity.INFO:
                line.stylize(Style(color=style.color, underline=True), start, end)
        return line

    def render_line(self, y: int) -> Strip:
        # Textual's own cache has the suggestion in every key, so that each letter renders all lines anew, at 0.5 ms a
        # line.
        row = y + self.scroll_offset.y
        if row >= self.document.line_count:
            return super().render_line(y)
        key = self._strip_cache_key(row)
        strip = self._strip_cache.get(key)
        if strip is None:
            if len(self._strip_cache) > _MAX_CACHED_LINES:
                self._strip_cache.clear()
            strip = self._strip_cache[key] = self._add_sign(super().render_line(y), self._marks.get(row, ()))
        return strip

    def _strip_cache_key(self, row: int) -> tuple[object, ...]:
        """Everything that the rendered line depends on."""
        (top, _), (bottom, _) = sorted(self.selection)
        bracket = self.matching_bracket_location
        touched = top <= row <= bottom or (bracket is not None and bracket[0] == row)
        cursor = (self.selection, bracket, self.suggestion, self.has_focus) if touched else None
        layout = (self.size.width, self.scroll_offset.x, self.gutter_width, self.theme, self.read_only)
        return row, self.document.get_line(row), self._marks.get(row), cursor, layout

    def _add_sign(self, strip: Strip, marks: Sequence[DiagnosticMark]) -> Strip:
        """Puts the sign of the most severe mark between the line number and the text."""
        if not marks or self.gutter_width < 3:
            return strip
        glyphs, styles = self.style_context.glyphs, self.style_context.palette.styles
        worst = min(marks, key=lambda mark: mark.severity.rank).severity
        sign, style = {
            Severity.ERROR: (glyphs.failed, styles["broken"]),
            Severity.WARNING: (glyphs.needs, styles["needs"]),
            Severity.INFO: (glyphs.todo, styles["context"]),
        }[worst]
        column = self.gutter_width - 2
        replaced = next(iter(strip.crop(column, column + 1)), Segment(" "))
        cell = Strip([Segment(sign, (replaced.style or Style()) + Style(color=style.color, dim=style.dim))], 1)
        return Strip.join([strip.crop(0, column), cell, strip.crop(column + 1)])
