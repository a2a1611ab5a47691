"""The Configuration step beside and under its text: consequences, diagnostics."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from corotui.cluster.phrasing import format_count
from corotui.conf import ConfDiff, ConfEffects, Diagnostic, diff_documents, parse
from corotui.conf.options import APPLY_METHODS, Option
from corotui.conf.version import Version
from corotui.console.render.context import BLANK_ROW, RenderContext
from corotui.console.render.layout import Row, StyledLine, spread, wrap_text
from corotui.console.style.formatting import format_milliseconds
from corotui.workflow.state import WorkflowState

_STAGE_TEXT = {"parser": "refused when read", "start": "refused at start", "wrong": "taken, but wrong"}


def diagnostic_key(diagnostic: Diagnostic) -> str:
    """What makes a diagnostic the same one after a key."""
    return f"diagnostic:{diagnostic.code}:{diagnostic.line}:{diagnostic.column}"


def render_effects(effects: ConfEffects, context: RenderContext) -> list[Row]:
    """What the file means, a figure a line."""
    facts: list[tuple[str, str]] = [
        ("token", format_milliseconds(effects.token_ms)),
        ("dead node", f"{effects.dead_node_ms / 1000:.1f} s"),
    ]
    slowest = max(effects.link_down_ms.values(), default=None)
    if slowest is not None:
        facts.append(("link down", f"{slowest / 1000:.1f} s"))
    facts.append(("ring forms", f"about {max(1, round(effects.ring_forms_ms / 1000))} s"))
    if effects.votes is None or effects.quorum is None:
        facts.append(("quorum", "not asked for"))
    else:
        facts.append(("votes", f"{effects.votes}, quorum {effects.quorum}"))
    facts += [
        ("may fail", format_count(effects.may_fail, "node")),
        ("transport", effects.transport),
        ("encrypted", "yes" if effects.encrypted else "no"),
    ]
    rows = [Row(StyledLine((f"{name:<12}", "context"), value).truncate(context.width)) for name, value in facts]
    if not effects.encrypted:
        rows[-1] = Row(StyledLine((f"{'encrypted':<12}", "context"), ("no", "needs")).truncate(context.width))
    return rows


def render_diagnostics(diagnostics: Sequence[Diagnostic], context: RenderContext) -> list[Row]:
    """An item per diagnostic, errors first: line, what, the certain fix, who minds."""
    if not diagnostics:
        return [Row(StyledLine((context.glyphs.done, ""), " Nothing is wrong with this text."))]
    rows: list[Row] = []
    for one in sorted(diagnostics, key=lambda d: (d.severity.rank, d.line, d.column)):
        sign = context.severity_sign(one.severity)
        left = StyledLine(sign, f" {one.line:<4} ")
        fix = StyledLine(("f ", "key"), one.fix.title) if one.fix else StyledLine()
        right = StyledLine(
            fix, "  " if one.fix else "", (_STAGE_TEXT[one.stage] if context.width >= 56 else "", "context")
        )
        key = diagnostic_key(one)
        if left.width + len(one.message) + right.width + 2 <= context.width:
            rows.append(Row(spread(StyledLine(left, one.message), right, context.width), key))
        else:
            rows += [Row(line, key) for line in wrap_text(one.message, context.width, prefix=left, indent=left.width)]
            if right.width:
                rows.append(Row(spread("", right, context.width), key))
    return rows


def render_reason(diagnostic: Diagnostic, context: RenderContext) -> list[Row]:
    """Why the diagnostic under the cursor matters."""
    return context.note(diagnostic.why, indent=2)


def render_option(option: Option, release: Version, context: RenderContext) -> list[Row]:
    """What the option under the cursor is, what it takes, and what a change of it needs."""
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
    """What taking this text to the nodes changes there: in meaning, then line by line; nodes with one file together."""
    here = parse(data)
    groups: dict[str, list[str]] = {}
    for node in state.nodes:
        if node.facts and node.facts.corosync.conf is not None:
            groups.setdefault(node.facts.corosync.conf, []).append(node.name)
    rows: list[Row] = []
    for theirs, names in groups.items():
        there = parse(theirs.encode("latin-1"))
        before, after = (one.data.decode("utf-8", "replace").splitlines() for one in (there, here))
        text = list(difflib.unified_diff(before, after, "there", "here", lineterm=""))
        meant = diff_documents(there, here, release=release)
        rows += [*([BLANK_ROW] if rows else []), *_render_node_difference(", ".join(names), meant, text, context)]
    return rows


def _render_node_difference(
    names: str, conf_diff: ConfDiff, diff_lines: Sequence[str], context: RenderContext
) -> list[Row]:
    rows = [Row(StyledLine((names, "strong")).truncate(context.width))]
    if not diff_lines:
        return [*rows, *context.note("has this text.", indent=2)]
    for change in conf_diff.changes:
        words = f"{change.what}: {change.old or 'nothing'} → {change.new or 'nothing'}"
        rows += [Row(line) for line in wrap_text(words, context.width, prefix="  ", indent=4)]
    need = f"Together that needs {conf_diff.apply_method_text}." if conf_diff.changes else "Nothing changes in meaning."
    rows += context.note(need, indent=2, style="")
    rows += [
        Row(StyledLine((f"  {line.expandtabs(4)}", "accent" if line[:1] == "+" else "context"))) for line in diff_lines
    ]
    return rows
