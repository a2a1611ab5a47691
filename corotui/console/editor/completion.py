"""The option at the cursor, and the completion of the word before it."""

from __future__ import annotations

import re

from corotui.conf import Document, options
from corotui.conf.document import Section
from corotui.conf.options import Option
from corotui.conf.version import Version

_KEY = re.compile(r"\s*([A-Za-z0-9_]+)").fullmatch
_VALUE = re.compile(r"\s*([A-Za-z0-9_.]+):\s*(\S*)").fullmatch


def section_at(document: Document, line: int) -> Section:
    """The innermost section that contains a line; lines are counted from 1."""
    innermost = document.root
    for section in document.root.walk():
        last = len(document.lines) if section.close_index is None else section.close_index
        if section is not document.root and section.open_index + 1 < line <= last:
            innermost = section
    return innermost


def option_at(document: Document, line: int) -> Option | None:
    """The option that a line sets; lines are counted from 1. None where it sets none that a release knows."""
    if not 1 <= line <= len(document.lines):
        return None
    item = document.lines[line - 1]
    if item.kind != "item":
        return None
    path = section_at(document, line).path
    return options.find(f"{path}.{item.key}" if path else item.key)


def suggestion(document: Document, line: int, before_cursor: str, target_release: Version) -> str:
    """The text that completes a line whose cursor stands at its end, "" where nothing does.

    Completes values of options with fixed choices, option names and section names. Leaves out options that the
    section has already.
    """
    section = section_at(document, line)
    if match := _VALUE(before_cursor):
        option = options.find(f"{section.path}.{match[1]}" if section.path else match[1])
        values = option.values if option is not None and option.kind == "choice" else ()
        return _completion(match[2], values) if match[2] else ""
    match = _KEY(before_cursor)
    if match is None:
        return ""
    present = {document.lines[index].key for index in section.option_indexes if index != line - 1}
    keys = [
        option.name + ": "
        for option in options.options_in_section(section.path, target_release)
        if option.name not in present and option.name.replace("_", "").islower()
    ]
    prefix = f"{section.path}." if section.path else ""
    sections = [
        path.removeprefix(prefix) + " {"
        for path in options.SECTIONS
        if path.startswith(prefix)
        and "." not in path.removeprefix(prefix)
        and options.is_section_known(path, target_release)
    ]
    return _completion(match[1], sorted([*keys, *sections]))


def _completion(prefix: str, candidates: tuple[str, ...] | list[str]) -> str:
    """The rest of the first candidate that begins with the prefix, "" where none does."""
    for candidate in candidates:
        if candidate.startswith(prefix) and candidate != prefix:
            return candidate[len(prefix) :]
    return ""
