"""A diagnostic: what is wrong at a place of the file, whether corosync refuses it, and how to fix it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from corotui.conf.diagnostics.severity import Severity
from corotui.conf.document import Document
from corotui.conf.syntax import ConfLine, to_display, to_latin1

Stage = Literal["parser", "start", "wrong"]
"""The daemon's "parser" refuses the file; it refuses to "start"; or it accepts what is "wrong" all the same."""

Part = Literal["line", "key", "value"]
"""Which part of a line a diagnostic is about."""


@dataclass(frozen=True, slots=True)
class TextEdit:
    """A replacement of some bytes of the file."""

    start: int
    """Offset of the first byte that is replaced."""
    end: int
    """Offset after the last byte that is replaced; `start` for an insertion."""
    text: str
    """What takes its place, "" to delete."""

    def to_json(self) -> dict[str, object]:
        text = self.text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        return {"start": self.start, "end": self.end, "text": text}


@dataclass(frozen=True, slots=True)
class Fix:
    """A fix that is certainly right."""

    title: str
    """A verb phrase: "write a colon"."""
    edits: tuple[TextEdit, ...]
    """Edits in the order of the file; they do not overlap."""

    def apply(self, data: bytes) -> bytes:
        """Returns the file with the edits made."""
        for edit in reversed(self.edits):
            data = data[: edit.start] + to_latin1(edit.text).encode("latin-1") + data[edit.end :]
        return data

    def to_json(self) -> dict[str, object]:
        return {"title": self.title, "changes": [edit.to_json() for edit in self.edits]}


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Something that is wrong in the file. What is missing is reported at line 1 or at the section that lacks it."""

    code: str
    """Stable kebab-case name of the kind of diagnostic, explained in `codes`."""
    severity: Severity
    """How bad it is."""
    line: int
    """Line of the file, from 1."""
    column: int
    """Column in characters as an editor shows them, from 1."""
    length: int
    """Number of characters concerned, 0 for a place between two."""
    message: str
    """A short sentence that says what is wrong."""
    why: str
    """What follows from it and what to do, "" where the message says it all."""
    stage: Stage
    """Who objects: the parser, a start, or nobody although it is wrong."""
    fix: Fix | None = None
    """The fix, None where none is certain."""

    def to_json(self) -> dict[str, object]:
        """All fields; `fix` as an object or null."""
        out: dict[str, object] = {name: getattr(self, name) for name in self.__slots__}
        out["severity"] = self.severity.value
        out["fix"] = self.fix.to_json() if self.fix else None
        return out


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the file, and the diagnostics that are made there."""

    document: Document
    """The document."""
    line: ConfLine | int
    """The line or its number; 0 means the file as a whole."""
    part: Part = "line"
    """Which part of the line a diagnostic underlines."""

    def error(
        self, code: str, message: str, why: str = "", *, stage: Stage = "wrong", fix: Fix | None = None
    ) -> Diagnostic:
        """Returns a diagnostic of severity error."""
        return self.diagnostic(Severity.ERROR, code, message, why, stage=stage, fix=fix)

    def warning(self, code: str, message: str, why: str = "", *, fix: Fix | None = None) -> Diagnostic:
        """Returns a diagnostic of severity warning."""
        return self.diagnostic(Severity.WARNING, code, message, why, fix=fix)

    def info(self, code: str, message: str, why: str = "", *, fix: Fix | None = None) -> Diagnostic:
        """Returns a diagnostic of severity info."""
        return self.diagnostic(Severity.INFO, code, message, why, fix=fix)

    def diagnostic(
        self,
        severity: Severity,
        code: str,
        message: str,
        why: str = "",
        *,
        stage: Stage = "wrong",
        fix: Fix | None = None,
    ) -> Diagnostic:
        """Returns a diagnostic; characters of the file that a terminal would obey become U+FFFD in its sentences."""
        if not (message.isprintable() and why.isprintable()):
            message, why = _printable(message), _printable(why)
        line = self.line
        if isinstance(line, int):
            lines = self.document.lines
            if not 1 <= line <= len(lines):
                return Diagnostic(code, severity, max(min(line, len(lines)), 1), 1, 0, message, why, stage, fix)
            line = lines[line - 1]
        start, end = span_of(self.document, line, self.part)
        column, length = _characters(self.document.text, line, start, end)
        return Diagnostic(code, severity, line.number, column, length, message, why, stage, fix)


def _printable(text: str) -> str:
    return "".join(ch if ch.isprintable() else "\ufffd" for ch in text)


def span_of(document: Document, line: ConfLine, part: Part = "line") -> tuple[int, int]:
    """Returns the byte offsets of the line's text without its indent, of its key, or of its value."""
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
