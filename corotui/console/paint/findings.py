"""Findings with their remedies: the same look in every step."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.cluster.finding import Finding, Remedy, Risk, Severity
from corotui.console.paint.frame import Frame
from corotui.console.paint.line import Line, Row, wrapped
from corotui.console.words import count

_MOST_COMMANDS = 4


def finding_key(finding: Finding) -> str:
    """What makes a finding the same one after the picture changed."""
    return f"finding:{finding.code}:{finding.node or ''}:{finding.place}"


def by_key(findings: Sequence[Finding], key: str) -> Finding | None:
    """The finding of a selected item, None when it is gone."""
    return next((finding for finding in findings if finding_key(finding) == key), None)


def finding_rows(finding: Finding, frame: Frame, *, indent: int = 1, commands: bool = True) -> list[Row]:
    """The sentence, why it matters, and what mends it, indented by `indent` cells."""
    key = finding_key(finding)
    margin = " " * indent
    first = Line(margin, frame.severity(finding.severity), " ")
    inner = first.width
    lines = wrapped(finding.what, frame.width, first=first, hang=inner)
    if finding.why and finding.severity in (Severity.ERROR, Severity.WARNING):
        lines += wrapped(finding.why, frame.width, style="context", first=" " * inner, hang=inner)
    if commands and finding.remedies:
        lines += remedy_lines(finding.remedies[0], frame, indent=inner, most=_MOST_COMMANDS)
    return [Row(line, key) for line in lines]


def remedy_lines(remedy: Remedy, frame: Frame, *, indent: int, most: int | None = None) -> list[Line]:
    """The commands of a remedy (the first `most`), or the words for what has to be done by hand."""
    margin = " " * indent
    if remedy.manual and not remedy.commands:
        return wrapped(remedy.manual, frame.width, first=Line(margin, ("by hand: ", "needs")), hang=indent)
    lines: list[Line] = []
    shown = remedy.commands if most is None else remedy.commands[:most]
    for command in shown:
        lines += command_lines(command, frame, indent=indent, most=None if most is None else 2)
    if len(remedy.commands) > len(shown):
        left = count(len(remedy.commands) - len(shown), "more command")
        lines.append(Line(margin, (f"… {left}", "context")))
    if remedy.risk is not Risk.NONE and remedy.consequence:
        lines += wrapped(remedy.consequence, frame.width, style="needs", first=margin, hang=indent)
    return lines


def command_lines(command: str, frame: Frame, *, indent: int, most: int | None = None) -> list[Line]:
    """A command line as it will run, over several lines when it is long (at most `most`)."""
    text = " ".join(command.split("\n"))
    first = Line(" " * indent, ("$ ", "context"))
    lines = wrapped(text, frame.width, style="context", first=first, hang=indent + 2)
    if most is not None and len(lines) > most:
        lines = [*lines[: most - 1], Line(lines[most - 1], "…").fit(frame.width)]
    return lines


def counted(findings: Sequence[Finding]) -> str:
    """ "2 to mend, 1 to know, 14 fine"."""
    bad = sum(f.severity in (Severity.ERROR, Severity.WARNING) for f in findings)
    info = sum(f.severity is Severity.INFO for f in findings)
    fine = sum(f.severity is Severity.OK for f in findings)
    parts = [f"{number} {word}" for number, word in ((bad, "to mend"), (info, "to know"), (fine, "fine")) if number]
    return ", ".join(parts)
