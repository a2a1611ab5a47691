"""One layout for the whole file: four blanks a level, one blank line between sections. The meaning is kept."""

from __future__ import annotations

from corotui.conf.diagnostics.model import TextEdit
from corotui.conf.document import Document
from corotui.conf.edit.splice import EditResult, splice
from corotui.conf.syntax import MAX_LINE_LENGTH, ConfLine, to_utf8
from corotui.conf.syntax import to_latin1 as raw_text

INDENT = "    "


def format_document(document: Document) -> EditResult:
    """Formats the file. Comments and their order stay.

    A line that corosync would refuse is left as it is, and so is the whole file if corosync would read it differently.
    """
    lines: list[tuple[ConfLine, str]] = []
    depth = 0
    for line in document.lines:
        raw = document.text[line.start : line.end]
        if line.kind == "close" and depth:
            depth -= 1
        new = _line(raw, line, depth)
        if line.kind == "open" and not (line.problem and line.value.endswith("}")):
            depth += 1
        lines.append((line, new))
    spaced = _spaced(lines)
    edits = [
        TextEdit(line.start, line.next_start, text)
        for line, text in spaced
        if text != to_utf8(document.text[line.start : line.next_start])
    ]
    result = splice(document, edits)
    if _parsed_values(result.document) != _parsed_values(document):
        return EditResult(document, (), ("The file was left as it is: formatted, corosync would read it differently.",))
    return result


def _line(raw: str, line: ConfLine, depth: int) -> str:
    indent = INDENT * depth
    if line.problem or line.kind == "bad" or "\0" in raw:
        return to_utf8(raw)
    if line.kind == "blank":
        return ""
    if line.kind == "comment":
        new = indent + to_utf8(raw.strip(" \t\r"))
    elif line.kind == "open":
        new = f"{indent}{to_utf8(line.key)} {{"
    elif line.kind == "close":
        new = f"{indent}}}"
    elif not line.key or line.key == ":":
        return to_utf8(raw)
    else:
        new = f"{indent}{to_utf8(line.key)}: {to_utf8(line.value)}".rstrip()
    return new if len(raw_text(new)) <= MAX_LINE_LENGTH else to_utf8(raw)


def _spaced(lines: list[tuple[ConfLine, str]]) -> list[tuple[ConfLine, str]]:
    """No blank lines at the start and the end, at most one between lines, one before each top-level section."""
    out: list[tuple[ConfLine, str]] = []
    depth, blank = 0, True
    blocks = _blocks(lines)
    for index, (line, text) in enumerate(lines):
        after = blocks[index]
        if line.kind == "blank" and not text:
            keep = not blank and after not in ("", "close")
            out.append((line, "\n" if keep else ""))
            blank = True
            continue
        if line.kind == "close":
            depth = max(depth - 1, 0)
        previous = lines[index - 1][0].kind if index else ""
        starts = line.kind in ("open", "comment") and after == "open" and previous != "comment"
        before = "\n" if depth == 0 and not blank and starts and out else ""
        if line.kind == "open":
            depth += 1
        blank = line.kind == "open"
        out.append((line, f"{before}{text}\n"))
    return out


def _blocks(lines: list[tuple[ConfLine, str]]) -> list[str]:
    """For each line the kind of the line that it belongs to, "" if there is none.

    For a comment that is the next line that is neither comment nor blank, for a blank line the next that is not blank.
    """
    out = [""] * len(lines)
    content, text = "", ""
    for index in range(len(lines) - 1, -1, -1):
        kind = lines[index][0].kind
        if kind == "blank":
            out[index] = text
            content = ""
        elif kind == "comment":
            out[index], text = content, kind
        else:
            out[index] = content = text = kind
    return out


def _parsed_values(document: Document) -> list[tuple[object, ...]]:
    cmap = document.cmap()
    entries: list[tuple[object, ...]] = [(key, *entry[:2]) for key, entry in cmap.entries.items()]
    return [*entries, *((error.code, error.text) for error in cmap.errors)]
