"""Set and remove options of sections that occur once."""

from __future__ import annotations

from corotui.conf.diagnostics import Change
from corotui.conf.document import Document, Section
from corotui.conf.edit.splice import (
    Edited,
    end_of_options,
    ending,
    indent_inside,
    indent_of,
    line,
    missing_newline,
    splice,
    step,
    whole,
    word,
)
from corotui.conf.reading import option_line
from corotui.conf.syntax import Line


def set_option(document: Document, key: str, value: str) -> Edited:
    """Give an option (`"totem.token"`) a value: where it stands, or behind the last option of its section. A missing
    section is made. UsageError for a value that cannot stand in a file."""
    value = word(value, "A value")
    found = option_line(document, key)
    if found is not None:
        return splice(document, [_value(document, found, value)])
    path, _, name = key.rpartition(".")
    sections = document.sections(path) if path else [document.root]
    if sections:
        return splice(document, [add(document, sections[-1], name, value)])
    return splice(document, [_new_section(document, path, name, value)])


def add(document: Document, section: Section, name: str, value: str) -> Change:
    """A new line with an option at the end of a section's options."""
    place = end_of_options(document, section)
    indent = indent_inside(document, section)
    return Change(place, place, missing_newline(document, place) + line(document, indent, name, value))


def _value(document: Document, found: Line, value: str) -> Change:
    if found.value:
        return Change(found.value_at, found.value_at + len(found.value), value)
    colon = document.text.index(":", found.key_at + len(found.key))
    return Change(colon + 1, found.end - (document.text[found.end - 1 : found.end] == "\r"), f" {value}")


def _new_section(document: Document, path: str, name: str, value: str) -> Change:
    """A section, and those around it, for one option."""
    outer, _, last = path.rpartition(".")
    names = [last]
    while outer and not document.sections(outer):
        outer, _, last = outer.rpartition(".")
        names.insert(0, last)
    around = document.sections(outer)[-1] if outer else document.root
    one = step(document)
    if around.first >= 0:
        whole(document, around)
        place = document.lines[around.last or 0].start
        indent = indent_of(document, around.first) + one
        text = ""
    else:
        for other in document.root.sections:
            whole(document, other)
        place = len(document.text)
        indent = ""
        text = missing_newline(document, place) + (ending(document) if place else "")
    end = ending(document)
    for depth, section in enumerate(names):
        text += f"{indent}{one * depth}{section} {{{end}"
    text += line(document, indent + one * len(names), name, value)
    for depth in reversed(range(len(names))):
        text += f"{indent}{one * depth}}}{end}"
    return Change(place, place, text)
