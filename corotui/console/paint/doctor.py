"""The doctor: causes with their evidence, what was ruled out, and the remedy."""

from __future__ import annotations

from corotui.cluster.finding import Evidence, Finding, Severity
from corotui.console.paint.findings import finding_key, remedy_lines
from corotui.console.paint.frame import BLANK, Frame
from corotui.console.paint.line import Line, Row, ends, wrapped
from corotui.console.words import count
from corotui.walk.model import Picture


def doctor_page(picture: Picture, frame: Frame) -> list[Row]:
    """Findings, the likeliest first; each is an item."""
    if picture.doctor is None:
        words = "The nodes are being examined." if picture.busy else "r examines the nodes. It only reads."
        return frame.note(words, style="")
    bad = [finding for finding in picture.doctor if finding.severity is not Severity.OK]
    rows: list[Row] = []
    if not bad:
        rows += frame.note("Nothing is wrong that the doctor knows.", style="")
    for finding in bad:
        if rows:
            rows.append(BLANK)
        rows += _cause(finding, frame)
    fine = len(picture.doctor) - len(bad)
    if fine:
        rows += [BLANK, Row(Line((frame.glyphs.done, ""), f" {count(fine, 'thing')} fine"))]
    return rows


def _cause(finding: Finding, frame: Frame) -> list[Row]:
    sure = "certain" if finding.certain else "likely"
    where = f"{finding.node}: " if finding.node and finding.node not in finding.what else ""
    first = Line(frame.severity(finding.severity), " ")
    lines = wrapped(where + finding.what, frame.width - len(sure) - 2, first=first, hang=2)
    lines[0] = ends(lines[0], Line((sure, "context")), frame.width)
    if finding.why:
        lines += wrapped(finding.why, frame.width, style="context", first="  ", hang=2)
    for evidence in finding.evidence:
        lines += _evidence(evidence, frame)
    if finding.ruled_out:
        lines += wrapped("not: " + ", ".join(finding.ruled_out), frame.width, style="context", first="  ", hang=7)
    for remedy in finding.remedies[:1]:
        title = remedy.title[:1].upper() + remedy.title[1:] if remedy.title else "Mend it"
        lines += wrapped(title, frame.width, first="  ", hang=2)
        lines += remedy_lines(remedy, frame, indent=4, most=3)
    return [Row(line, finding_key(finding)) for line in lines]


def _evidence(evidence: Evidence, frame: Frame) -> list[Line]:
    source = ", ".join(part for part in (evidence.source, evidence.node) if part)
    first = Line("    ")
    if len(evidence.text) + len(source) + 7 <= frame.width:
        return [ends(Line(first, evidence.text), Line((source, "context")), frame.width)]
    lines = wrapped(evidence.text, frame.width, first=first, hang=4)
    return lines + (wrapped(source, frame.width, style="context", first="      ", hang=6) if source else [])
