"""Sets options of sections that occur once."""

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
    """Sets an option (`"totem.token"`): in the line that has it, or after the last option of its section.

    A missing section is added. UsageError for a value that cannot be written.
    """
    value = checked_value(value, "A value")
    line = option_line(document, key)
    if line is not None:
        return splice(document, [_value(document, line, value)])
    path, _, name = key.rpartition(".")
    sections = document.sections(path) if path else [document.root]
    if sections:
        return splice(document, [insert_option(document, sections[-1], name, value)])
    return splice(document, [_new_section(document, path, name, value)])


def insert_option(document: Document, section: Section, name: str, value: str) -> TextEdit:
    """A new line with an option at the end of a section's options."""
    offset = end_of_options(document, section)
    indent = indent_inside(document, section)
    return TextEdit(offset, offset, missing_newline(document, offset) + format_line(document, indent, name, value))


def _value(document: Document, line: ConfLine, value: str) -> TextEdit:
    if line.value:
        return TextEdit(line.value_start, line.value_start + len(line.value), value)
    colon = document.text.index(":", line.key_start + len(line.key))
    return TextEdit(colon + 1, line.end - (document.text[line.end - 1 : line.end] == "\r"), f" {value}")


def _new_section(document: Document, path: str, name: str, value: str) -> TextEdit:
    """A section, with the missing ones around it, for one option."""
    outer, _, last = path.rpartition(".")
    names = [last]
    while outer and not document.sections(outer):
        outer, _, last = outer.rpartition(".")
        names.insert(0, last)
    parent = document.sections(outer)[-1] if outer else document.root
    unit = indent_unit(document)
    if parent.open_index >= 0:
        section_span(document, parent)
        offset = document.lines[parent.close_index or 0].start
        indent = indent_of(document, parent.open_index) + unit
        text = ""
    else:
        for other in document.root.sections:
            section_span(document, other)
        offset = len(document.text)
        indent = ""
        text = missing_newline(document, offset) + (line_ending(document) if offset else "")
    end = line_ending(document)
    for depth, section in enumerate(names):
        text += f"{indent}{unit * depth}{section} {{{end}"
    text += format_line(document, indent + unit * len(names), name, value)
    for depth in reversed(range(len(names))):
        text += f"{indent}{unit * depth}}}{end}"
    return TextEdit(offset, offset, text)
