"""The Prerequisites step: what each node lacks, and the commands that mend it."""

from __future__ import annotations

from corotui.cluster.finding import Finding, Severity, by_severity
from corotui.console.paint.findings import counted, finding_rows
from corotui.console.paint.frame import BLANK, Frame
from corotui.console.paint.line import Line, Row, ends
from corotui.console.paint.nodes import system
from corotui.console.words import count
from corotui.walk.model import NodeStatus, Picture, Step


def prerequisites_page(picture: Picture, frame: Frame, *, fine: bool = False) -> list[Row]:
    """Findings under the node they were found on; what is fine is only counted unless `fine`."""
    found = picture.found.get(Step.PREREQUISITES, ())
    if not picture.nodes:
        return frame.note("There is no node yet. Add one in the step Nodes.")
    rows: list[Row] = []
    whole = [finding for finding in found if finding.node is None]
    if whole:
        rows += [Row(Line(("all nodes", "strong"))), *_findings(whole, frame, fine), BLANK]
    for status in picture.nodes:
        mine = [finding for finding in found if finding.node == status.name]
        rows += _heading(status, mine, frame)
        if mine or status.facts is not None:
            rows += _findings(mine, frame, fine)
        if len(rows) and status is not picture.nodes[-1]:
            rows.append(BLANK)
    return rows


def _heading(status: NodeStatus, findings: list[Finding], frame: Frame) -> list[Row]:
    name = Line((status.name, "strong"))
    if status.facts is None:
        if status.connection in ("failed", "lost"):
            return [
                Row(ends(name, frame.connection(status), frame.width)),
                *frame.note(status.error or "It has not answered.", style="", indent=1),
            ]
        return [Row(ends(name, Line(("not looked at yet", "context")), frame.width))]
    age = frame.ago(status.facts.taken_at)
    seen = age if status.live else f"{frame.glyphs.stale} {age}"
    left = Line(name, "  ", (system(status.facts), "context"))
    right = Line((f"{counted(findings)}  " if frame.width >= 90 else "", "context"), (seen, "context"))
    return [Row(ends(left, right, frame.width))]


def _findings(findings: list[Finding], frame: Frame, fine: bool) -> list[Row]:
    rows: list[Row] = []
    good = [finding for finding in findings if finding.severity is Severity.OK]
    for finding in by_severity([f for f in findings if f.severity is not Severity.OK]):
        rows += finding_rows(finding, frame)
    if fine:
        for finding in good:
            rows += finding_rows(finding, frame, commands=False)
    elif good:
        rows.append(Row(Line(" ", (frame.glyphs.done, ""), f" {count(len(good), 'thing')} fine")))
    if not findings:
        rows.append(Row(Line(" ", (frame.glyphs.done, ""), " nothing is missing")))
    return rows
