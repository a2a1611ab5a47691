"""Which option the cursor stands on, and how the word that is being typed may go on."""

from __future__ import annotations

import re

from corotui.conf import Document, options
from corotui.conf.document import Section
from corotui.conf.options import Option
from corotui.conf.version import Version

_KEY = re.compile(r"\s*([A-Za-z0-9_]+)").fullmatch
_VALUE = re.compile(r"\s*([A-Za-z0-9_.]+):\s*(\S*)").fullmatch


def section_at(document: Document, line: int) -> Section:
    """The innermost section that line (from 1) stands in."""
    here = document.root
    for section in document.root.walk():
        last = len(document.lines) if section.close_index is None else section.close_index
        if section is not document.root and section.open_index + 1 < line <= last:
            here = section
    return here


def option_at(document: Document, line: int) -> Option | None:
    """The option that line (from 1) sets; None for another kind of line, and for what no release knows."""
    if not 1 <= line <= len(document.lines):
        return None
    found = document.lines[line - 1]
    if found.kind != "item":
        return None
    path = section_at(document, line).path
    return options.find(f"{path}.{found.key}" if path else found.key)


def suggestion(document: Document, line: int, before_cursor: str, target_release: Version) -> str:
    """What completes `typed`, the line's text before the cursor at its end; "" where nothing or several would do
    equally. Keys that the section has already are not suggested again."""
    section = section_at(document, line)
    if match := _VALUE(before_cursor):
        option = options.find(f"{section.path}.{match[1]}" if section.path else match[1])
        words = option.values if option is not None and option.kind == "choice" else ()
        return _completion(match[2], words) if match[2] else ""
    match = _KEY(before_cursor)
    if match is None:
        return ""
    there = {document.lines[index].key for index in section.option_indexes if index != line - 1}
    keys = [
        option.name + ": "
        for option in options.options_in_section(section.path, target_release)
        if option.name not in there and option.name.replace("_", "").islower()
    ]
    below = f"{section.path}." if section.path else ""
    sections = [
        path.removeprefix(below) + " {"
        for path in options.SECTIONS
        if path.startswith(below)
        and "." not in path.removeprefix(below)
        and options.is_section_known(path, target_release)
    ]
    return _completion(match[1], sorted([*keys, *sections]))


def _completion(prefix: str, candidates: tuple[str, ...] | list[str]) -> str:
    """The end of the first word that begins so."""
    for word in candidates:
        if word.startswith(prefix) and word != prefix:
            return word[len(prefix) :]
    return ""
