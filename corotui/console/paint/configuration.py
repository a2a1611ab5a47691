"""The Configuration step beside and under its text: consequences, diagnostics."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.cluster.finding import Severity
from corotui.conf import Consequences, Diagnostic, Difference
from corotui.conf.options import EFFECTS, Option
from corotui.conf.version import version
from corotui.console.paint.frame import BLANK, Frame
from corotui.console.paint.line import Line, Row, ends, wrapped
from corotui.console.words import count, span

_STAGE = {"parser": "refused when read", "start": "refused at start", "wrong": "taken, but wrong"}
_SEVERITY = {"error": Severity.ERROR, "warning": Severity.WARNING, "info": Severity.INFO}


def diagnostic_key(diagnostic: Diagnostic) -> str:
    """What makes a diagnostic the same one after a key."""
    return f"diagnostic:{diagnostic.code}:{diagnostic.line}:{diagnostic.column}"


def consequence_rows(meaning: Consequences, frame: Frame) -> list[Row]:
    """What the file means, a figure a line."""
    facts: list[tuple[str, str]] = [
        ("token", span(meaning.token_ms)),
        ("dead node", f"{meaning.dead_node_ms / 1000:.1f} s"),
    ]
    slowest = max(meaning.link_down_ms.values(), default=None)
    if slowest is not None:
        facts.append(("link down", f"{slowest / 1000:.1f} s"))
    facts.append(("ring forms", f"about {max(1, round(meaning.ring_forms_ms / 1000))} s"))
    if meaning.votes is None or meaning.quorum is None:
        facts.append(("quorum", "not asked for"))
    else:
        facts.append(("votes", f"{meaning.votes}, quorum {meaning.quorum}"))
    facts += [
        ("may fail", count(meaning.may_fail, "node")),
        ("transport", meaning.transport),
        ("encrypted", "yes" if meaning.encrypted else "no"),
    ]
    rows = [Row(Line((f"{name:<12}", "context"), value).fit(frame.width)) for name, value in facts]
    if not meaning.encrypted:
        rows[-1] = Row(Line((f"{'encrypted':<12}", "context"), ("no", "needs")).fit(frame.width))
    return rows


def diagnostic_rows(diagnostics: Sequence[Diagnostic], frame: Frame) -> list[Row]:
    """An item per diagnostic, errors first: line, what, the certain fix, who minds."""
    if not diagnostics:
        return [Row(Line((frame.glyphs.done, ""), " Nothing is wrong with this text."))]
    order = ("error", "warning", "info")
    rows: list[Row] = []
    for one in sorted(diagnostics, key=lambda d: (order.index(d.severity), d.line, d.column)):
        sign = frame.severity(_SEVERITY[one.severity])
        left = Line(sign, f" {one.line:<4} ")
        fix = Line(("f ", "key"), one.fix.title) if one.fix else Line()
        right = Line(fix, "  " if one.fix else "", (_STAGE[one.stage] if frame.width >= 56 else "", "context"))
        key = diagnostic_key(one)
        if left.width + len(one.message) + right.width + 2 <= frame.width:
            rows.append(Row(ends(Line(left, one.message), right, frame.width), key))
        else:
            rows += [Row(line, key) for line in wrapped(one.message, frame.width, first=left, hang=left.width)]
            if right.width:
                rows.append(Row(ends("", right, frame.width), key))
    return rows


def why_rows(diagnostic: Diagnostic, frame: Frame) -> list[Row]:
    """Why the diagnostic under the cursor matters."""
    return [BLANK, *frame.note(diagnostic.why)] if diagnostic.why else []


def option_rows(option: Option, release: str, frame: Frame) -> list[Row]:
    """What the option under the cursor is, what it takes, and what a change of it needs."""
    unit = f" {option.unit}" if option.unit else ""
    default = option.default_in(version(release))
    facts = [option.range() + unit]
    facts += [f"0: {option.zero}"] if option.zero else []
    facts += [f"default {default}"] if default and not option.required else []
    rows = [BLANK, Row(Line((option.name, "strong")).fit(frame.width)), *frame.note(option.doc, style="")]
    rows += [row for fact in facts for row in frame.note(fact)]
    if option.effect != "none":
        rows += frame.note(f"A change needs {EFFECTS[option.effect]}.")
    return rows


def difference_rows(names: str, meant: Difference, text: Sequence[str], frame: Frame) -> list[Row]:
    """What taking the text here to those nodes changes: in meaning, then line by line."""
    rows = [Row(Line((names, "strong")).fit(frame.width))]
    if not text:
        return [*rows, *frame.note("has this text.", indent=2)]
    for change in meant.changes:
        words = f"{change.what}: {change.old or 'nothing'} → {change.new or 'nothing'}"
        rows += [Row(line) for line in wrapped(words, frame.width, first="  ", hang=4)]
    need = f"Together that needs {meant.words}." if meant.changes else "Nothing changes in meaning."
    rows += frame.note(need, indent=2, style="")
    rows += [Row(Line((f"  {line.expandtabs(4)}", "accent" if line[:1] == "+" else "context"))) for line in text]
    return rows
