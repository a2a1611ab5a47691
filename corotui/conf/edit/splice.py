"""Replaces parts of a file and nothing else; new lines are indented like the lines around them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from corotui.conf.diagnostics.model import Fix, TextEdit
from corotui.conf.document import Document, Section, parse
from corotui.conf.syntax import MAX_LINE_LENGTH, to_latin1
from corotui.errors import UsageError


@dataclass(frozen=True, slots=True)
class EditResult:
    """A file after an edit."""

    document: Document
    """The new file."""
    edits: tuple[TextEdit, ...] = ()
    """The edits that made it, in the order of the file."""
    notes: tuple[str, ...] = ()
    """Sentences on what else was done, or has to be done."""


def splice(document: Document, edits: Iterable[TextEdit], notes: Iterable[str] = ()) -> EditResult:
    """The document with the edits made; every other byte is as it was."""
    ordered = tuple(sorted(edits, key=lambda edit: (edit.start, edit.end)))
    return EditResult(parse(Fix("", ordered).apply(document.data)), ordered, tuple(notes))


def checked_value(text: str, what: str) -> str:
    """Returns the text if it may be written as a name or value; UsageError if it would break the line."""
    if any(character in text for character in "{\n\r\0"):
        raise edit_error(f"{what} may not hold an opening brace or a line break", "Leave it out.")
    if text != text.strip(" \t"):
        raise edit_error(f"{what} may not begin or end with a blank", "Leave it out.")
    return text


def format_line(document: Document, indent: str, key: str, value: str) -> str:
    """A new line with an option, with the line ending of the file."""
    out = f"{indent}{key}: {value}".rstrip()
    if len(to_latin1(out)) > MAX_LINE_LENGTH:
        raise edit_error(
            f"{key} would make a line of more than {MAX_LINE_LENGTH} bytes", "corosync does not read such a line."
        )
    return out + line_ending(document)


def line_ending(document: Document) -> str:
    """The line ending of the file: that of its first line."""
    first = document.text.find("\n")
    return "\r\n" if first > 0 and document.text[first - 1] == "\r" else "\n"


def edit_error(what: str, next_step: str) -> UsageError:
    """The error for an edit that is not possible; nothing was edited."""
    return UsageError(what, next_step=next_step)


def indent_of(document: Document, index: int) -> str:
    """The blanks at the start of a line, by its index."""
    line = document.lines[index]
    text = document.text[line.start : line.end]
    return text[: len(text) - len(text.lstrip(" \t"))]


def indent_inside(document: Document, section: Section) -> str:
    """The indent of the options of a section."""
    if section.option_indexes:
        return indent_of(document, section.option_indexes[0])
    outer = indent_of(document, section.open_index) if section.open_index >= 0 else ""
    return outer + indent_unit(document)


def indent_unit(document: Document) -> str:
    """Returns the indent of one level: that of the first indented line (one tab if it begins with a tab), else four
    spaces.
    """
    for index, line in enumerate(document.lines):
        if line.kind in ("item", "open"):
            indent = indent_of(document, index)
            if indent:
                return "\t" if indent[0] == "\t" else indent
    return "    "


def end_of_options(document: Document, section: Section) -> int:
    """The offset for a new option of a section: after its last option, or after its opening brace."""
    _require_multiline(document, section)
    if section.option_indexes:
        return document.lines[section.option_indexes[-1]].next_start
    return document.lines[section.open_index].next_start if section.open_index >= 0 else 0


def missing_newline(document: Document, offset: int) -> str:
    """The line ending that is missing before a new line at an offset, else ""."""
    return line_ending(document) if offset and document.text[offset - 1] != "\n" else ""


def section_span(document: Document, section: Section) -> tuple[int, int]:
    """Start and end of a section with its braces. UsageError if it is not closed, or on one line."""
    _require_multiline(document, section)
    if section.close_index is None:
        number = document.lines[section.open_index].number
        raise edit_error(f"The section in line {number} is not closed", "Close it first.")
    return document.lines[section.open_index].start, document.lines[section.close_index].next_start


def _require_multiline(document: Document, section: Section) -> None:
    """UsageError for a section on one line, which corosync does not read."""
    if section.open_index >= 0 and section.open_index == section.close_index:
        number = document.lines[section.open_index].number
        raise edit_error(f"The section in line {number} is on one line", "Write it on lines of its own first.")
