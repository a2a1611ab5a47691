"""What the command line prints: data to stdout, talk to stderr; with --json one document, or a line per event."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from corotui.errors import CorotuiError

if TYPE_CHECKING:
    from corotui.cluster.events import Event
    from corotui.cluster.finding import Finding

_MARKS = {"error": "✗", "warning": "!", "info": "·", "ok": "✓"}
_ASCII_MARKS = {"error": "x", "warning": "!", "info": ".", "ok": "+"}


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
                if event.state in ("failed", "lost"):
                    self.say(f"  {event.node:10} {event.state}: {event.detail}")
            case events.FindingRaised():
                self.findings([event.finding])
            case events.Note():
                self.say(f"  {event.node or 'all':10} {event.text}")

    def findings(self, findings: Sequence[Finding], *, remedies: bool = True) -> None:
        """Findings as short blocks on stdout: what, evidence, and the exact commands that mend."""
        marks = _MARKS if _can_encode("✗", sys.stdout.encoding) else _ASCII_MARKS
        for finding in findings:
            where = " ".join(part for part in (finding.node, finding.place) if part)
            self.data(
                f"{marks[finding.severity.value]} {where + ': ' if where else ''}{finding.what}  [{finding.code}]"
            )
            if finding.why:
                self.data(f"    {finding.why}")
            for item in finding.evidence:
                source = ", ".join(part for part in (item.node, item.source) if part)
                self.data(f"    - {item.text}{f'  ({source})' if source else ''}")
            for ruled_out in finding.ruled_out:
                self.data(f"    not: {ruled_out}")
            for remedy in finding.remedies if remedies else ():
                place = f" on {remedy.node}" if remedy.node and remedy.node not in remedy.title else ""
                self.data(f"    mend: {remedy.title}{place}{f' ({remedy.consequence})' if remedy.consequence else ''}")
                for command in remedy.commands:
                    self.data(f"      $ {command}")
                if remedy.manual:
                    self.data(f"      {remedy.manual}")


def _can_encode(text: str, encoding: str | None) -> bool:
    try:
        text.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _encodable(text: str, encoding: str | None) -> str:
    if _can_encode(text, encoding):
        return text
    return text.encode(encoding or "ascii", "replace").decode(encoding or "ascii", "replace")
