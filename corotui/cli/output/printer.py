"""What the command line prints: data to stdout, talk to stderr; with --json one document, or a line per event."""

from __future__ import annotations

import json
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
    """One per command. `json`: stdout carries JSON only. Text is expected to be clean already."""

    def __init__(self, *, json: bool) -> None:
        self.json = json

    def document(self, value: Mapping[str, object] | Sequence[object]) -> None:
        """One JSON document on one line of stdout, flushed."""
        sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
        sys.stdout.flush()

    def data(self, text: str) -> None:
        """A line of what was asked for, on stdout."""
        sys.stdout.write(_encodable(text, sys.stdout.encoding) + "\n")

    def say(self, text: str) -> None:
        """A line of talk, on stderr."""
        with suppress(OSError):  # the terminal may be gone while the work goes on to its safe point
            sys.stderr.write(_encodable(text, sys.stderr.encoding) + "\n")
            sys.stderr.flush()

    def error(self, error: CorotuiError) -> None:
        """An error in words on stderr; with --json as a document on stdout, too."""
        if self.json:
            self.document(error.to_json())
        self.say(str(error))

    def event(self, event: Event) -> None:
        """A `Report`: a JSON line with --json, else talk of what moved (commands, steps, notes)."""
        from corotui.cluster import events

        if self.json:
            self.document(events.to_json(event))
            return
        match event:
            case events.CommandStarted():
                script = f"  (+{len(event.script.splitlines())} lines)" if event.script else ""
                self.say(f"  {event.node:10} $ {event.command.splitlines()[0]}{script}")
            case events.CommandOutput():
                self.say(f"  {event.node:10}   {event.text}")
            case events.CommandEnded():
                if event.exit_code != 0:
                    ended = event.error or f"returned {event.exit_code}"
                    self.say(f"  {event.node:10}   {event.command.splitlines()[0]}: {ended}")
            case events.StepChanged():
                where = event.node or "all"
                self.say(
                    f"  {where:10} {event.step}: {event.state.value}{' — ' + event.detail if event.detail else ''}"
                )
            case events.NodeState():
                if event.state.is_down:
                    self.say(f"  {event.node:10} {event.state.value}: {event.detail}")
            case events.FindingRaised():
                self.findings([event.finding])
            case events.Note():
                self.say(f"  {event.node or 'all':10} {event.text}")

    def findings(self, findings: Sequence[Finding], *, certainty: bool = False) -> None:
        """Findings on stdout: what is wrong, why, the evidence, and the exact commands that fix it."""
        for finding in findings:
            for line in finding_lines(finding, sys.stdout.encoding, certainty=certainty):
                self.data(line)

    def mark(self, severity: str) -> str:
        """The character that stands for a severity on stdout."""
        return severity_mark(severity, sys.stdout.encoding)


def _encodable(text: str, encoding: str | None) -> str:
    if can_encode(text, encoding):
        return text
    return text.encode(encoding or "ascii", "replace").decode(encoding or "ascii", "replace")
