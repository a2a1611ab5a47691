"""One layout for the whole file: four blanks a level, one blank line between sections. The meaning stays."""

from __future__ import annotations

from corotui.conf.diagnostics import Change
from corotui.conf.document import Document
from corotui.conf.edit.splice import Edited, splice
from corotui.conf.syntax import LONGEST, Line, exact
from corotui.conf.syntax import raw as raw_text

STEP = "    "


def lay_out(document: Document) -> Edited:
    """The file laid out anew. Comments and their order stay; a line that corosync would refuse stays as it is, and the
    whole file does if the daemon would read it differently afterwards."""
    lines: list[tuple[Line, str]] = []
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
        Change(line.start, line.next, text)
        for line, text in spaced
        if text != exact(document.text[line.start : line.next])
    ]
    done = splice(document, changes)
    if _meaning(done.document) != _meaning(document):
        return Edited(document, (), ("The file was left as it is: laid out anew corosync would read it differently.",))
    return done


def _line(raw: str, line: Line, depth: int) -> str:
    indent = STEP * depth
    if line.problem or line.kind == "bad" or "\0" in raw:
        return exact(raw)
    if line.kind == "blank":
        return ""
    if line.kind == "comment":
        new = indent + exact(raw.strip(" \t\r"))
    elif line.kind == "open":
        new = f"{indent}{exact(line.key)} {{"
    elif line.kind == "close":
        new = f"{indent}}}"
    elif not line.key or line.key == ":":
        return exact(raw)
    else:
        new = f"{indent}{exact(line.key)}: {exact(line.value)}".rstrip()
    return new if len(raw_text(new)) <= LONGEST else exact(raw)


def _spaced(lines: list[tuple[Line, str]]) -> list[tuple[Line, str]]:
    """No blank lines at the start and the end, one at most between others, one before each section of the top."""
    out: list[tuple[Line, str]] = []
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


def _blocks(lines: list[tuple[Line, str]]) -> list[str]:
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


def _meaning(document: Document) -> list[tuple[object, ...]]:
    cmap = document.cmap("3.1.7")
    entries: list[tuple[object, ...]] = [(key, *entry[:2]) for key, entry in cmap.entries.items()]
    return [*entries, *((trouble.code, trouble.text) for trouble in cmap.troubles)]
