"""Findings and their remedies as text: one form for every verb. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corotui.cluster.finding import Finding, Remedy
    from corotui.cluster.remedy_action import RemedyAction

_MARKS = {"error": "✗", "warning": "!", "info": "·", "ok": "✓"}
_ASCII_MARKS = {"error": "x", "warning": "!", "info": ".", "ok": "+"}


def severity_mark(severity: str, encoding: str | None) -> str:
    """The character that stands for a severity ("error", "warning", "info", "ok") in output of that encoding."""
    marks = _MARKS if can_encode("".join(_MARKS.values()), encoding) else _ASCII_MARKS
    return marks[severity]


def can_encode(text: str, encoding: str | None) -> bool:
    """Whether the encoding has every character of the text; an unknown encoding has those of ASCII."""
    try:
        text.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def finding_lines(
    finding: Finding, encoding: str | None, *, remedies: bool = True, certainty: bool = False
) -> list[str]:
    """What is wrong, the reason, the evidence, what it is not, and the exact commands that fix it.

    `certainty` adds whether the diagnosis is certain or likely.
    """
    return list(_finding_lines(finding, encoding, remedies=remedies, certainty=certainty))


def _finding_lines(finding: Finding, encoding: str | None, *, remedies: bool, certainty: bool) -> Iterator[str]:
    node = finding.node if finding.node and finding.node not in finding.what else ""
    location = " ".join(part for part in (node, finding.place) if part)
    label = f"{finding.code}, {'certain' if finding.certain else 'likely'}" if certainty else finding.code
    mark = severity_mark(finding.severity.value, encoding)
    yield f"{mark} {location + ': ' if location else ''}{finding.what}  [{label}]"
    if finding.why:
        yield f"    {finding.why}"
    for item in finding.evidence:
        source = ", ".join(part for part in (item.node, item.source) if part)
        yield f"    - {item.text}{f'  ({source})' if source else ''}"
    for cause in finding.ruled_out:
        yield f"    not: {cause}"
    for remedy in finding.remedies if remedies else ():
        yield from _remedy_lines(remedy)


def _remedy_lines(remedy: Remedy) -> Iterator[str]:
    """A command that runs as root is shown behind "#", another one behind "$"."""
    node = f" on {remedy.node}" if remedy.node and remedy.node not in remedy.title else ""
    yield f"    fix: {remedy.title}{node}"
    if remedy.consequence:
        yield f"      {remedy.consequence.removesuffix('.')}."
    if remedy.manual:
        yield f"      {remedy.manual}"
    prompt = f"{remedy.node or 'all'} {'#' if remedy.privileged else '$'}"
    if remedy.action is not None:
        yield f"      {remedy.node or 'all'}: {action_text(remedy.action)}"
    for command in remedy.commands:
        yield f"      {prompt} {command}"


def action_text(action: RemedyAction) -> str:
    """What a remedy's action does, as a verb phrase."""
    from corotui.cluster.remedy_action import CopyAuthkey, CopyConf, RollOut

    match action:
        case CopyAuthkey(source):
            return f"takes the authkey of {source}"
        case CopyConf(source):
            return f"takes the corosync.conf of {source or 'the cluster directory'}"
        case RollOut():
            return "rolls out the directory's corosync.conf, as `corotui apply` does"
