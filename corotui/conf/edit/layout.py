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
    lines: list[tuple[Line | None, str]] = []
    depth = 0
    for line in document.lines:
        raw = document.text[line.start : line.end]
        if line.kind == "close" and depth:
            depth -= 1
        new = _line(raw, line, depth)
        if line.kind == "open" and not (line.problem and line.value.endswith("}")):
            depth += 1
        lines.append((line, new))
    spaced = _spaced(document, lines)
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


def _spaced(document: Document, lines: list[tuple[Line | None, str]]) -> list[tuple[Line, str]]:
    """No blank lines at the start and the end, one at most between others, one before each section of the top."""
    out: list[tuple[Line, str]] = []
    depth, blank = 0, True
    for index, (line, text) in enumerate(lines):
        assert line is not None
        if line.kind == "blank" and not text:
            rest = any(other is not None and other.kind != "blank" for other, _ in lines[index:])
            keep = not blank and rest and not _closes_next(lines, index)
            out.append((line, "\n" if keep else ""))
            blank = True
            continue
        if line.kind == "close":
            depth = max(depth - 1, 0)
        before = ""
        if depth == 0 and not blank and _starts_block(lines, index) and out:
            before = "\n"
        if line.kind == "open":
            depth += 1
            blank = True
        else:
            blank = False
        out.append((line, f"{before}{text}\n"))
    return out


def _starts_block(lines: list[tuple[Line | None, str]], index: int) -> bool:
    """Whether a section of the top, or the comment above one, begins here."""
    previous = lines[index - 1][0] if index else None
    if previous is not None and previous.kind == "comment":
        return False
    for line, _ in lines[index:]:
        if line is None or line.kind != "comment":
            return line is not None and line.kind == "open"
    return False


def _closes_next(lines: list[tuple[Line | None, str]], index: int) -> bool:
    for line, _ in lines[index:]:
        if line is not None and line.kind != "blank":
            return line.kind == "close"
    return True


def _meaning(document: Document) -> list[tuple[object, ...]]:
    cmap = document.cmap("3.1.7")
    entries: list[tuple[object, ...]] = [(key, *entry[:2]) for key, entry in cmap.entries.items()]
    return [*entries, *((trouble.code, trouble.text) for trouble in cmap.troubles)]
