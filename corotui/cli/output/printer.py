"""Output of the command line: data on stdout, messages on stderr; with --json one document, or a line per event."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from corotui.cli.output.findings import can_encode, finding_lines, severity_mark
from corotui.errors import CorotuiError

if TYPE_CHECKING:
    from corotui.cluster.events import Event
    from corotui.cluster.finding import Finding


class Output:
    """Where a verb writes. With `json` stdout carries JSON only. Text from nodes has to be sanitized before."""

    def __init__(self, *, json: bool) -> None:
        self.json = json
        self._status = ""

    @property
    def text_encoding(self) -> str | None:
        """The encoding of what `say` writes."""
        return sys.stderr.encoding

    def document(self, value: Mapping[str, object] | Sequence[object]) -> None:
        """One JSON document on one line of stdout, flushed."""
        sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
        sys.stdout.flush()

    def data(self, text: str) -> None:
        """A line of the result, on stdout."""
        self._clear_status()
        sys.stdout.write(_encodable(text, sys.stdout.encoding) + "\n")

    def say(self, text: str) -> None:
        """A message on stderr."""
        self._clear_status()
        with suppress(OSError):  # the terminal may be lost while the work goes on to its safe point
            sys.stderr.write(_encodable(text, sys.stderr.encoding) + "\n")
            sys.stderr.flush()

    def error(self, error: CorotuiError) -> None:
        """An error as a sentence on stderr; with --json also as a document on stdout."""
        if self.json:
            self.document(error.to_json())
        self.say(str(error))

    def event(self, event: Event) -> None:
        """One event as a JSON line on stdout."""
        from corotui.cluster import events

        self.document(events.to_json(event))

    def show_status(self, text: str) -> None:
        """Shows what is going on in the last line of the terminal; the next output replaces it, and so does "".

        Nothing without a terminal on stderr, and with --json.
        """
        if self.json or not sys.stderr.isatty():
            return
        line = _encodable(text, sys.stderr.encoding)[: shutil.get_terminal_size().columns - 1]
        if line == self._status:
            return
        with suppress(OSError):
            sys.stderr.write(f"\r{line:{len(self._status)}}\r{line}")
            sys.stderr.flush()
        self._status = line

    def findings(self, findings: Sequence[Finding], *, certainty: bool = False) -> None:
        """Findings on stdout: what is wrong, why, the evidence, and the exact commands that fix it.

        An empty line separates findings of several lines.
        """
        previous = 0  # lines of the finding before
        for finding in findings:
            lines = finding_lines(finding, sys.stdout.encoding, certainty=certainty)
            if previous and max(previous, len(lines)) > 1:
                self.data("")
            for line in lines:
                self.data(line)
            previous = len(lines)

    def _clear_status(self) -> None:
        if self._status:
            self.show_status("")

    def mark(self, severity: str) -> str:
        """The character that stands for a severity on stdout."""
        return severity_mark(severity, sys.stdout.encoding)


def _encodable(text: str, encoding: str | None) -> str:
    if can_encode(text, encoding):
        return text
    return text.encode(encoding or "ascii", "replace").decode(encoding or "ascii", "replace")
