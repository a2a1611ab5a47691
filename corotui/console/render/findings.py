"""Renders findings with their remedies, the same way in every step."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.cluster.finding import Finding, Remedy, Risk, Severity
from corotui.cluster.phrasing import format_count
from corotui.console.render.context import RenderContext
from corotui.console.render.layout import Row, StyledLine, wrap_text
from corotui.console.render.row_ids import FindingRow, RowId

_MAX_COMMANDS = 4  # commands of a remedy that are shown below a finding


def finding_row(finding: Finding) -> FindingRow:
    """Returns the identity of the rows of a finding."""
    return FindingRow(finding.code, finding.node, finding.place)


def find_selected(findings: Sequence[Finding], selected: RowId | None) -> Finding | None:
    """Returns the finding of the selected item; None if it is gone or another kind of item."""
    return next((finding for finding in findings if finding_row(finding) == selected), None)


def render_finding(
    finding: Finding, context: RenderContext, *, indent: int = 1, show_commands: bool = True
) -> list[Row]:
    """Returns what was found, why it matters, and what fixes it, indented by `indent` cells."""
    row_id = finding_row(finding)
    margin = " " * indent
    first = StyledLine(margin, context.severity_glyph(finding.severity), " ")
    inner = first.width
    lines = wrap_text(finding.what, context.width, prefix=first, indent=inner)
    if finding.why and finding.severity in (Severity.ERROR, Severity.WARNING):
        lines += wrap_text(finding.why, context.width, style="context", prefix=" " * inner, indent=inner)
    if show_commands and finding.remedies:
        lines += render_remedy(finding.remedies[0], context, indent=inner, max_commands=_MAX_COMMANDS)
    return [Row(line, row_id) for line in lines]


def render_remedy(
    remedy: Remedy, context: RenderContext, *, indent: int, max_commands: int | None = None
) -> list[StyledLine]:
    """Returns the commands of a remedy, at most `max_commands`, or what the operator has to do themselves."""
    margin = " " * indent
    if remedy.manual and not remedy.commands:
        return wrap_text(
            remedy.manual, context.width, prefix=StyledLine(margin, ("to do by hand: ", "needs")), indent=indent
        )
    lines: list[StyledLine] = []
    shown = remedy.commands if max_commands is None else remedy.commands[:max_commands]
    for command in shown:
        lines += render_command(command, context, indent=indent, max_lines=None if max_commands is None else 2)
    if len(remedy.commands) > len(shown):
        hidden = format_count(len(remedy.commands) - len(shown), "more command")
        lines.append(StyledLine(margin, (f"… {hidden}", "context")))
    if remedy.risk is not Risk.NONE and remedy.consequence:
        lines += wrap_text(remedy.consequence, context.width, style="needs", prefix=margin, indent=indent)
    return lines


def render_command(
    command: str, context: RenderContext, *, indent: int, max_lines: int | None = None
) -> list[StyledLine]:
    """Returns a command as it will run, on as many lines as it needs, but at most `max_lines`."""
    text = " ".join(command.split("\n"))
    first = StyledLine(" " * indent, ("$ ", "context"))
    lines = wrap_text(text, context.width, style="context", prefix=first, indent=indent + 2)
    if max_lines is not None and len(lines) > max_lines:
        lines = [*lines[: max_lines - 1], StyledLine(lines[max_lines - 1], "…").truncate(context.width)]
    return lines


def summarize_findings(findings: Sequence[Finding]) -> str:
    """Counts findings: "2 to fix, 1 to know, 14 fine"."""
    to_fix = sum(finding.severity in (Severity.ERROR, Severity.WARNING) for finding in findings)
    to_know = sum(finding.severity is Severity.INFO for finding in findings)
    fine = sum(finding.severity is Severity.OK for finding in findings)
    counts = ((to_fix, "to fix"), (to_know, "to know"), (fine, "fine"))
    return ", ".join(f"{count} {label}" for count, label in counts if count)
