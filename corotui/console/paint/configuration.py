"""The Configuration step beside and under its text: consequences, diagnostics."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from corotui.cluster.finding import Severity
from corotui.conf import Consequences, Diagnostic, Difference, difference, parse
from corotui.conf.options import EFFECTS, Option
from corotui.conf.version import version
from corotui.console.paint.frame import BLANK, Frame
from corotui.console.paint.line import Line, Row, ends, wrapped
from corotui.console.words import count, span
from corotui.walk.model import Picture

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
    return frame.note(diagnostic.why, indent=2)


def option_rows(option: Option, release: str, frame: Frame) -> list[Row]:
    """What the option under the cursor is, what it takes, and what a change of it needs."""
    unit = f" {option.unit}" if option.unit else ""
    default = option.default_in(version(release))
    parts = [option.doc.rstrip("."), f"takes {option.range()}{unit}"]
    parts += [f"0: {option.zero}"] if option.zero else []
    parts += [f"default {default}"] if default and not option.required else []
    parts += [f"a change needs {EFFECTS[option.effect]}"] if option.effect != "none" else []
    first = Line("  ", (option.name, "strong"), "  ")
    text = "; ".join(parts) + "."
    return [Row(line) for line in wrapped(text, frame.width, style="context", first=first, hang=2)]


def difference_page(picture: Picture, data: bytes, release: str, frame: Frame) -> list[Row]:
    """What taking this text to the nodes changes there: in meaning, then line by line; nodes with one file together."""
    here = parse(data)
    groups: dict[str, list[str]] = {}
    for node in picture.nodes:
        if node.facts and node.facts.corosync.conf is not None:
            groups.setdefault(node.facts.corosync.conf, []).append(node.name)
    rows: list[Row] = []
    for theirs, names in groups.items():
        there = parse(theirs.encode("latin-1"))
        before, after = (one.data.decode("utf-8", "replace").splitlines() for one in (there, here))
        text = list(difflib.unified_diff(before, after, "there", "here", lineterm=""))
        meant = difference(there, here, corosync=release)
        rows += [*([BLANK] if rows else []), *_difference(", ".join(names), meant, text, frame)]
    return rows


def _difference(names: str, meant: Difference, text: Sequence[str], frame: Frame) -> list[Row]:
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
