"""Output of the command line: data on stdout, messages on stderr; with --json one document, or a line per event.

The one way from the command line to the terminal: nothing else below cli/ writes, prints or asks. Texts come as a node,
a mirror or a file gave them; here secrets are left out and the rest is made visible (`corotui.cluster.text`).
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from corotui.cli.output.findings import can_encode, finding_lines, severity_mark
from corotui.cluster.text.outgoing import outgoing_json, outgoing_line, outgoing_text
from corotui.cluster.text.visible import cut_to_width, display_width, visible_bytes
from corotui.errors import CorotuiError

if TYPE_CHECKING:
    from corotui.cluster.events import Event
    from corotui.cluster.finding import Finding
    from corotui.ssh.secret import Secret


class Output:
    """Where a verb writes and asks. With `json` stdout carries JSON only."""

    def __init__(self, *, json: bool) -> None:
        self.json = json
        self._status = ""

    @property
    def text_encoding(self) -> str | None:
        """The encoding of what `say` writes."""
        return sys.stderr.encoding

    def document(self, value: Mapping[str, object] | Sequence[object]) -> None:
        """One JSON document on one line of stdout, flushed. Control and invisible characters are escaped in it."""
        text = outgoing_json(value)
        if not can_encode(text, sys.stdout.encoding):
            text = json.dumps(json.loads(text))
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def data(self, line: str = "") -> None:
        """A line of the result, on stdout."""
        self._write_data(outgoing_line(line))

    def block(self, text: str) -> None:
        """Lines of the result, on stdout: a diff, a file."""
        self._write_data(outgoing_text(text))

    def file(self, data: bytes) -> None:
        """The operator's file as the result: byte for byte into a pipe or a file, made visible on a terminal."""
        if sys.stdout.isatty():
            self._write_data(visible_bytes(data).removesuffix("\n"))
            return
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def flush(self) -> None:
        """Hands what was written to stdout to its reader."""
        sys.stdout.flush()

    def discard_data(self) -> None:
        """Drops what is still to be written to stdout, whose reader went away."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def say(self, line: str) -> None:
        """A message on stderr, on one line."""
        self._write_message(outgoing_line(line))

    def say_block(self, text: str) -> None:
        """A message of several lines on stderr."""
        self._write_message(outgoing_text(text))

    def ask(self, question: str) -> str:
        """Asks on stderr and returns the line that is typed, "" at its end. Blocks."""
        self._clear_status()
        self._write_question(question)
        return sys.stdin.readline()

    def ask_secret(self, prompt: str) -> Secret | None:
        """Asks on the terminal without showing what is typed; None where the input has ended. Blocks."""
        from corotui.cli.output.secret_input import read_secret

        self._clear_status()
        try:
            return read_secret(lambda: self._write_question(prompt))
        finally:
            sys.stderr.write("\n")
            sys.stderr.flush()

    def _write_question(self, question: str) -> None:
        sys.stderr.write(_encodable(outgoing_line(question), sys.stderr.encoding))
        sys.stderr.flush()

    def _write_data(self, text: str) -> None:
        self._clear_status()
        sys.stdout.write(_encodable(text, sys.stdout.encoding) + "\n")

    def _write_message(self, text: str) -> None:
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
        columns = shutil.get_terminal_size().columns - 1
        line = cut_to_width(_encodable(outgoing_line(text), sys.stderr.encoding), columns)
        if line == self._status:
            return
        blanks = " " * max(0, display_width(self._status) - display_width(line))
        with suppress(OSError):
            sys.stderr.write(f"\r{line}{blanks}\r{line}")
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


def has_terminal() -> bool:
    """Whether an operator can be asked: stdin and stderr are a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()
