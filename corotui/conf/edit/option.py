"""Set and remove options of sections that occur once."""

from __future__ import annotations

from corotui.conf.diagnostics.model import TextEdit
from corotui.conf.document import Document, Section
from corotui.conf.edit.splice import (
    EditResult,
    checked_value,
    end_of_options,
    format_line,
    indent_inside,
    indent_of,
    indent_unit,
    line_ending,
    missing_newline,
    section_span,
    splice,
)
from corotui.conf.queries import option_line
from corotui.conf.syntax import ConfLine


def set_option(document: Document, key: str, value: str) -> EditResult:
    """Give an option (`"totem.token"`) a value: where it stands, or behind the last option of its section. A missing
    section is made. UsageError for a value that cannot stand in a file."""
    value = checked_value(value, "A value")
    found = option_line(document, key)
    if found is not None:
        return splice(document, [_value(document, found, value)])
    path, _, name = key.rpartition(".")
    sections = document.sections(path) if path else [document.root]
    if sections:
        return splice(document, [insert_option(document, sections[-1], name, value)])
    return splice(document, [_new_section(document, path, name, value)])


def insert_option(document: Document, section: Section, name: str, value: str) -> TextEdit:
    """A new line with an option at the end of a section's options."""
    place = end_of_options(document, section)
    indent = indent_inside(document, section)
    return TextEdit(place, place, missing_newline(document, place) + format_line(document, indent, name, value))


def _value(document: Document, found: ConfLine, value: str) -> TextEdit:
    if found.value:
        return TextEdit(found.value_start, found.value_start + len(found.value), value)
    colon = document.text.index(":", found.key_start + len(found.key))
    return TextEdit(colon + 1, found.end - (document.text[found.end - 1 : found.end] == "\r"), f" {value}")


def _new_section(document: Document, path: str, name: str, value: str) -> TextEdit:
    """A section, and those around it, for one option."""
    outer, _, last = path.rpartition(".")
    names = [last]
    while outer and not document.sections(outer):
        outer, _, last = outer.rpartition(".")
        names.insert(0, last)
    around = document.sections(outer)[-1] if outer else document.root
    one = indent_unit(document)
    if around.open_index >= 0:
        section_span(document, around)
        place = document.lines[around.close_index or 0].start
        indent = indent_of(document, around.open_index) + one
        text = ""
    else:
        for other in document.root.sections:
            section_span(document, other)
        place = len(document.text)
        indent = ""
        text = missing_newline(document, place) + (line_ending(document) if place else "")
    end = line_ending(document)
    for depth, section in enumerate(names):
        text += f"{indent}{one * depth}{section} {{{end}"
    text += format_line(document, indent + one * len(names), name, value)
    for depth in reversed(range(len(names))):
        text += f"{indent}{one * depth}}}{end}"
    return TextEdit(place, place, text)
