"""Renders what the Configuration step shows around its editor: what the text means, and what is wrong with it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from corotui.cluster.phrasing import format_count
from corotui.cluster.text.bounded import lines_of
from corotui.conf import ConfDiff, ConfEffects, Diagnostic, diff_documents, parse
from corotui.conf.options import APPLY_METHODS, Option
from corotui.conf.version import Version
from corotui.console.render.context import BLANK_ROW, RenderContext
from corotui.console.render.layout import Row, StyledLine, spread, wrap_text
from corotui.console.render.row_ids import DiagnosticRow
from corotui.console.style.formatting import format_milliseconds
from corotui.workflow.state import WorkflowState

_STAGE_TEXT = {"parser": "refused when read", "start": "refused at start", "wrong": "accepted, but wrong"}


def diagnostic_row(diagnostic: Diagnostic) -> DiagnosticRow:
    """Returns the identity of the rows of a diagnostic."""
    return DiagnosticRow(diagnostic.code, diagnostic.line, diagnostic.column)


def render_effects(effects: ConfEffects, context: RenderContext) -> list[Row]:
    """Returns what the file means, a figure per line."""
    figures: list[tuple[str, str]] = [
        ("token", format_milliseconds(effects.token_ms)),
        ("dead node", f"{effects.dead_node_ms / 1000:.1f} s"),
    ]
    slowest = max(effects.link_down_ms.values(), default=None)
    if slowest is not None:
        figures.append(("link down", f"{slowest / 1000:.1f} s"))
    figures.append(("ring forms", f"about {max(1, round(effects.ring_forms_ms / 1000))} s"))
    if effects.votes is None or effects.quorum is None:
        figures.append(("quorum", "not used"))
    else:
        figures.append(("votes", f"{effects.votes}, quorum {effects.quorum}"))
    figures += [
        ("may fail", format_count(effects.may_fail, "node")),
        ("transport", effects.transport),
        ("encrypted", "yes" if effects.encrypted else "no"),
    ]
    rows = [Row(StyledLine((f"{name:<12}", "context"), value).truncate(context.width)) for name, value in figures]
    if not effects.encrypted:
        rows[-1] = Row(StyledLine((f"{'encrypted':<12}", "context"), ("no", "needs")).truncate(context.width))
    return rows


def render_diagnostics(diagnostics: Sequence[Diagnostic], context: RenderContext) -> list[Row]:
    """Returns an item for each diagnostic, errors first: its line, what is wrong, the certain fix, and its stage."""
    if not diagnostics:
        return [Row(StyledLine((context.glyphs.done, ""), " Nothing is wrong with this text."))]
    rows: list[Row] = []
    for diagnostic in sorted(diagnostics, key=lambda d: (d.severity.rank, d.line, d.column)):
        glyph = context.severity_glyph(diagnostic.severity)
        left = StyledLine(glyph, f" {diagnostic.line:<4} ")
        fix = StyledLine(("f ", "key"), diagnostic.fix.title) if diagnostic.fix else StyledLine()
        stage = _STAGE_TEXT[diagnostic.stage] if context.width >= 56 else ""
        right = StyledLine(fix, "  " if diagnostic.fix else "", (stage, "context"))
        row_id = diagnostic_row(diagnostic)
        if left.width + len(diagnostic.message) + right.width + 2 <= context.width:
            rows.append(Row(spread(StyledLine(left, diagnostic.message), right, context.width), row_id))
        else:
            lines = wrap_text(diagnostic.message, context.width, prefix=left, indent=left.width)
            rows += [Row(line, row_id) for line in lines]
            if right.width:
                rows.append(Row(spread("", right, context.width), row_id))
    return rows


def render_reason(diagnostic: Diagnostic, context: RenderContext) -> list[Row]:
    """Returns why a diagnostic matters."""
    return context.note(diagnostic.why, indent=2)


def render_option(option: Option, release: Version, context: RenderContext) -> list[Row]:
    """Returns what an option is, which values it accepts in `release`, and what a change of it needs."""
    unit = f" {option.unit}" if option.unit else ""
    default = option.default_in(release)
    parts = [option.doc.rstrip("."), f"takes {option.describe_values()}{unit}"]
    parts += [f"0: {option.zero_means}"] if option.zero_means else []
    parts += [f"default {default}"] if default and not option.required else []
    parts += [f"a change needs {APPLY_METHODS[option.apply_method]}"] if option.apply_method != "none" else []
    first = StyledLine("  ", (option.name, "strong"), "  ")
    text = "; ".join(parts) + "."
    return [Row(line) for line in wrap_text(text, context.width, style="context", prefix=first, indent=2)]


def render_difference(state: WorkflowState, data: bytes, release: Version, context: RenderContext) -> list[Row]:
    """Returns what rolling this text out would change on the nodes: the meaning first, then the lines.

    Nodes that have the same file are shown together.
    """
    new = parse(data)
    groups: dict[str, list[str]] = {}
    for node in state.nodes:
        if node.facts and node.facts.corosync.conf is not None:
            groups.setdefault(node.facts.corosync.conf, []).append(node.name)
    rows: list[Row] = []
    for text, names in groups.items():
        old = parse(text.encode("latin-1"))
        before, after = (lines_of(document.data.decode("utf-8", "replace")) for document in (old, new))
        diff_lines = list(difflib.unified_diff(before, after, "on the node", "new", lineterm=""))
        meaning = diff_documents(old, new, release=release)
        rows += [
            *([BLANK_ROW] if rows else []),
            *_render_node_difference(", ".join(names), meaning, diff_lines, context),
        ]
    return rows


def _render_node_difference(
    names: str, conf_diff: ConfDiff, diff_lines: Sequence[str], context: RenderContext
) -> list[Row]:
    rows = [Row(StyledLine((names, "strong")).truncate(context.width))]
    if not diff_lines:
        return [*rows, *context.note("has the same text.", indent=2)]
    for change in conf_diff.changes:
        text = f"{change.what}: {change.old or 'nothing'} → {change.new or 'nothing'}"
        rows += [Row(line) for line in wrap_text(text, context.width, prefix="  ", indent=4)]
    need = f"Together that needs {conf_diff.apply_method_text}." if conf_diff.changes else "The meaning stays the same."
    rows += context.note(need, indent=2, style="")
    rows += [
        Row(StyledLine((f"  {line.expandtabs(4)}", "accent" if line[:1] == "+" else "context"))) for line in diff_lines
    ]
    return rows
