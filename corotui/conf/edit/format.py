"""One layout for the whole file: four blanks a level, one blank line between sections. The meaning stays."""

from __future__ import annotations

from corotui.conf.diagnostics.model import TextEdit
from corotui.conf.document import Document
from corotui.conf.edit.splice import EditResult, splice
from corotui.conf.syntax import MAX_LINE_LENGTH, ConfLine, to_utf8
from corotui.conf.syntax import to_latin1 as raw_text

INDENT = "    "


def format_document(document: Document) -> EditResult:
    """The file laid out anew. Comments and their order stay; a line that corosync would refuse stays as it is, and the
    whole file does if the daemon would read it differently afterwards."""
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
    changes = [
        TextEdit(line.start, line.next_start, text)
        for line, text in spaced
        if text != to_utf8(document.text[line.start : line.next_start])
    ]
    done = splice(document, changes)
    if _parsed_values(done.document) != _parsed_values(document):
        return EditResult(
            document, (), ("The file was left as it is: laid out anew corosync would read it differently.",)
        )
    return done


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
    """No blank lines at the start and the end, one at most between others, one before each section of the top."""
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
        above = lines[index - 1][0].kind if index else ""
        starts = line.kind in ("open", "comment") and after == "open" and above != "comment"
        before = "\n" if depth == 0 and not blank and starts and out else ""
        if line.kind == "open":
            depth += 1
        blank = line.kind == "open"
        out.append((line, f"{before}{text}\n"))
    return out


def _blocks(lines: list[tuple[ConfLine, str]]) -> list[str]:
    """For each line the kind of the first line from there on that is more than a comment (for a comment) or a blank
    (for a blank); "" where there is none."""
    out = [""] * len(lines)
    solid, said = "", ""
    for index in range(len(lines) - 1, -1, -1):
        kind = lines[index][0].kind
        if kind == "blank":
            out[index] = said
            solid = ""
        elif kind == "comment":
            out[index], said = solid, kind
        else:
            out[index] = solid = said = kind
    return out


def _parsed_values(document: Document) -> list[tuple[object, ...]]:
    cmap = document.cmap()
    entries: list[tuple[object, ...]] = [(key, *entry[:2]) for key, entry in cmap.entries.items()]
    return [*entries, *((trouble.code, trouble.text) for trouble in cmap.errors)]
