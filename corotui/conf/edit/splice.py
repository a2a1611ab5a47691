"""Changing places of a file and nothing else: new lines look like the lines around them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from corotui.conf.diagnostics.model import Fix, TextEdit
from corotui.conf.document import Document, Section, parse
from corotui.conf.syntax import MAX_LINE_LENGTH, to_latin1
from corotui.errors import UsageError


@dataclass(frozen=True, slots=True)
class EditResult:
    """A file after an edit. `changes` made it of the file before; `notes` say what else was done or has to be done."""

    document: Document
    edits: tuple[TextEdit, ...] = ()
    notes: tuple[str, ...] = ()


def splice(document: Document, changes: Iterable[TextEdit], notes: Iterable[str] = ()) -> EditResult:
    """The document with the changes made; every other byte is as it was."""
    ordered = tuple(sorted(changes, key=lambda change: (change.start, change.end)))
    return EditResult(parse(Fix("", ordered).apply(document.data)), ordered, tuple(notes))


def checked_value(text: str, what: str) -> str:
    """A name or value as it may be written; UsageError for what would break the line it stands on."""
    if any(sign in text for sign in "{\n\r\0"):
        raise edit_error(f"{what} may not hold an opening brace or a line break", "Leave it out.")
    if text != text.strip(" \t"):
        raise edit_error(f"{what} may not begin or end with a blank", "Leave it out.")
    return text


def format_line(document: Document, indent: str, key: str, value: str) -> str:
    """A new line with an option, with the ending the file uses."""
    out = f"{indent}{key}: {value}".rstrip()
    if len(to_latin1(out)) > MAX_LINE_LENGTH:
        raise edit_error(
            f"{key} would make a line of more than {MAX_LINE_LENGTH} bytes", "corosync does not read such a line."
        )
    return out + line_ending(document)


def line_ending(document: Document) -> str:
    """How lines end in this file: as its first one does."""
    first = document.text.find("\n")
    return "\r\n" if first > 0 and document.text[first - 1] == "\r" else "\n"


def edit_error(what: str, next_step: str) -> UsageError:
    """Nothing was edited."""
    return UsageError(what, next_step=next_step)


def indent_of(document: Document, index: int) -> str:
    """The blanks a line (by its index) begins with."""
    text = document.text
    at = document.lines[index]
    return text[at.start : at.start + len(text[at.start : at.end]) - len(text[at.start : at.end].lstrip(" \t"))]


def indent_inside(document: Document, section: Section) -> str:
    """The blanks that options of a section begin with."""
    if section.option_indexes:
        return indent_of(document, section.option_indexes[0])
    outer = indent_of(document, section.open_index) if section.open_index >= 0 else ""
    return outer + indent_unit(document)


def indent_unit(document: Document) -> str:
    """By how much this file indents: as the first line that is indented does, else four blanks."""
    for index, at in enumerate(document.lines):
        if at.kind in ("item", "open"):
            indent = indent_of(document, index)
            if indent:
                return "\t" if indent[0] == "\t" else indent
    return "    "


def end_of_options(document: Document, section: Section) -> int:
    """Where a new option of a section goes: behind its last option, or behind its opening brace."""
    _require_multiline(document, section)
    if section.option_indexes:
        return document.lines[section.option_indexes[-1]].next_start
    return document.lines[section.open_index].next_start if section.open_index >= 0 else 0


def missing_newline(document: Document, place: int) -> str:
    """What must stand before a new line at a place so that it is a line of its own."""
    return line_ending(document) if place and document.text[place - 1] != "\n" else ""


def section_span(document: Document, section: Section) -> tuple[int, int]:
    """Start and end of a section with its braces. UsageError when it is not closed, or stands on one line."""
    _require_multiline(document, section)
    if section.close_index is None:
        number = document.lines[section.open_index].number
        raise edit_error(f"The section in line {number} is not closed", "Close it first.")
    return document.lines[section.open_index].start, document.lines[section.close_index].next_start


def _require_multiline(document: Document, section: Section) -> None:
    """UsageError for a section on one line, which corosync does not read."""
    if section.open_index >= 0 and section.open_index == section.close_index:
        number = document.lines[section.open_index].number
        raise edit_error(f"The section in line {number} stands on one line", "Write it on lines of its own first.")
