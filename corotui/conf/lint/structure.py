"""Blanks, byte order marks, dots in names, and sections in the wrong place."""

from __future__ import annotations

from collections.abc import Iterator

from corotui.conf import options
from corotui.conf.daemon.parser.loader import REPEATABLE_SECTIONS_V1
from corotui.conf.diagnostics.model import Diagnostic, Fix, Place, TextEdit
from corotui.conf.lint.context import LintContext
from corotui.conf.syntax import to_display
from corotui.conf.version import Version

_BOM = "\xef\xbb\xbf"
_NBSP = "\xc2\xa0"
_NODES_FIXED = Version(3, 1, 10)


def lint(context: LintContext) -> Iterator[Diagnostic]:
    """Diagnostics about the shape of the file."""
    document = context.document
    text = document.text
    if text.startswith(_BOM):
        fix = Fix("take the byte order mark out", (TextEdit(0, 3, ""),))
        why = "corosync takes it for a part of the first name. Save the file as UTF-8 without it."
        yield Place(document, 1).error("byte-order-mark", "The file starts with a byte order mark.", why, fix=fix)
    if not text.isascii():
        yield from _blanks(context)
    lists = context.sections_at("nodelist")
    for section in lists[1:]:
        line = document.lines[section.open_index]
        first = document.lines[lists[0].open_index].number
        why = f"Its first node overwrites the first node of line {first}, and so on. Put all nodes into one."
        yield Place(document, line, "key").error("second-nodelist", "There is a second nodelist.", why)
    if Version(2) <= context.release < _NODES_FIXED:
        for section in context.sections:
            if section.path.startswith("nodelist.node."):
                line = document.lines[section.open_index]
                why = "Up to 3.1.9 its closing brace ends the node, and the following options belong to the next one."
                yield Place(document, line, "key").warning(
                    "section-in-node", f"A section {section.name} inside a node.", why
                )
    if context.release.grammar == 1:
        yield from _repeated_sections(context)
    yield from _dots(context)


def _repeated_sections(context: LintContext) -> Iterator[Diagnostic]:
    first: dict[str, int] = {}
    for section in context.document.root.sections:
        line = context.document.lines[section.open_index]
        if section.name in first and section.name not in REPEATABLE_SECTIONS_V1:
            why = f"corosync 1.x reads that of line {first[section.name]} and ignores this one."
            message = f"There is a second section {to_display(section.name)}."
            yield Place(context.document, line, "key").error("section-twice", message, why)
        first.setdefault(section.name, line.number)


def _blanks(context: LintContext) -> Iterator[Diagnostic]:
    document = context.document
    for line in document.lines:
        raw = document.text[line.start : line.end]
        if raw.isascii() or line.kind == "comment":
            continue
        offset = raw.find(_NBSP)
        size = 2
        if offset < 0 and "\xa0" in raw and "\xc2" not in raw and "\xc3" not in raw:
            offset, size = raw.find("\xa0"), 1
        if offset < 0:
            continue
        changes = []
        while offset >= 0:
            changes.append(TextEdit(line.start + offset, line.start + offset + size, " "))
            offset = raw.find(_NBSP if size == 2 else "\xa0", offset + size)
        why = "It looks like a blank, but corosync takes it for a part of the name or the value."
        fix = Fix("write blanks", tuple(changes))
        yield Place(document, line).error("odd-blank", "There is a no-break space.", why, fix=fix)


def _dots(context: LintContext) -> Iterator[Diagnostic]:
    document = context.document
    for section in context.sections:
        if "." in section.name and options.is_section_known(section.path, context.release):
            why = "corosync reads it as a section inside another one."
            line = document.lines[section.open_index]
            yield Place(document, line, "key").info("dotted-name", f"{section.name} is a path.", why)
    for placed in context.options:
        if "." in placed.line.key and options.find(placed.key) is not None and not placed.section.path:
            why = f"It sets {placed.key} as text, without the checks of the section. Put it into the section."
            message = f"{placed.line.key} is a path."
            yield Place(document, placed.line, "key").warning("dotted-name", message, why)
