"""A diagnostic: what is wrong at a place of the file, who minds, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from corotui.conf.document import Document
from corotui.conf.syntax import ConfLine, to_display, to_latin1

Severity = Literal["error", "warning", "info"]
Stage = Literal["parser", "start", "wrong"]
Part = Literal["line", "key", "value"]


@dataclass(frozen=True, slots=True)
class TextEdit:
    """Bytes `start` to `end` of the file become `text`."""

    start: int
    end: int
    text: str

    def to_json(self) -> dict[str, object]:
        text = self.text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        return {"start": self.start, "end": self.end, "text": text}


@dataclass(frozen=True, slots=True)
class Fix:
    """A mend that is certain: `title` is a verb phrase, `changes` do not overlap and are in the order of the file."""

    title: str
    edits: tuple[TextEdit, ...]

    def apply(self, data: bytes) -> bytes:
        """The file with the changes made."""
        for change in reversed(self.edits):
            data = data[: change.start] + to_latin1(change.text).encode("latin-1") + data[change.end :]
        return data

    def to_json(self) -> dict[str, object]:
        return {"title": self.title, "changes": [change.to_json() for change in self.edits]}


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """`line` and `column` count from 1, in characters as an editor shows them; `length` characters are meant, 0 for a
    place between two. A diagnostic about what is missing stands at line 1 or at the section that lacks it.

    `stage` says who minds: the daemon's "parser" refuses the file; it refuses to "start"; or it accepts the file
    and something is "wrong" all the same. `message` is short, `why` says what follows and what to do.
    """

    code: str
    severity: Severity
    line: int
    column: int
    length: int
    message: str
    why: str
    stage: Stage
    fix: Fix | None = None

    def to_json(self) -> dict[str, object]:
        """All fields; `fix` as an object or null."""
        out: dict[str, object] = {name: getattr(self, name) for name in self.__slots__}
        out["fix"] = self.fix.to_json() if self.fix else None
        return out


def make_diagnostic(
    document: Document,
    line: ConfLine | int,
    code: str,
    message: str,
    why: str = "",
    *,
    severity: Severity = "warning",
    stage: Stage = "wrong",
    part: Part = "line",
    fix: Fix | None = None,
) -> Diagnostic:
    """A diagnostic on a line or on its key or value. `line` may be its number; 0 means the file as a whole."""
    if isinstance(line, int):
        if not 1 <= line <= len(document.lines):
            return Diagnostic(code, severity, max(min(line, len(document.lines)), 1), 1, 0, message, why, stage, fix)
        line = document.lines[line - 1]
    if not (message.isprintable() and why.isprintable()):
        message, why = _printable(message), _printable(why)
    start, end = span_of(document, line, part)
    column, length = _characters(document.text, line, start, end)
    return Diagnostic(code, severity, line.number, column, length, message, why, stage, fix)


def _printable(text: str) -> str:
    """Signs of the file that a terminal would obey become U+FFFD."""
    return "".join(ch if ch.isprintable() else "\ufffd" for ch in text)


def span_of(document: Document, line: ConfLine, part: Part = "line") -> tuple[int, int]:
    """Where the line's text without its indent, its key or its value stands: offsets in bytes."""
    if part == "key" and line.key:
        return line.key_start, line.key_start + len(line.key)
    if part == "value" and line.value:
        return line.value_start, line.value_start + len(line.value)
    text = document.text[line.start : line.end]
    naked = text.strip(" \t\r")
    start = line.start + (text.index(naked) if naked else 0)
    return start, start + len(naked)


def _characters(text: str, line: ConfLine, start: int, end: int) -> tuple[int, int]:
    whole = text[line.start : line.end]
    if whole.isascii() or to_display(whole) == whole:
        return start - line.start + 1, end - start
    return len(to_display(text[line.start : start])) + 1, len(to_display(text[start:end]))
