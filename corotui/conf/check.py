"""All diagnostics of a file at once: what the daemon refuses, and what it accepts though it is wrong."""

from __future__ import annotations

from corotui.conf import refusals
from corotui.conf.diagnostics import Diagnostic
from corotui.conf.document import Document
from corotui.conf.lint import lint
from corotui.conf.lint.subject import Surroundings
from corotui.conf.verdict import judge
from corotui.conf.version import version

_ORDER = {"error": 0, "warning": 1, "info": 2}
_STAGES = {"parser": 0, "start": 1, "wrong": 2}
_BY_VALUE = ("number", "choice", "logging")
_SAID_BY = {
    "empty-value": _BY_VALUE,
    "out-of-range": _BY_VALUE,
    "value-ignored": _BY_VALUE,
    "address-is-name": ("node-address",),
}
NOWHERE = Surroundings()


def check(
    document: Document, *, corosync: str = "3.1.7", surroundings: Surroundings = NOWHERE
) -> tuple[Diagnostic, ...]:
    """Every diagnostic, in the order of the file. `surroundings` tells what is known beside the file; without it
    nothing that depends on a machine is judged. Total, whatever the bytes; UsageError for an unknown version."""
    release = version(corosync)
    judged = judge(document, release, surroundings.host)
    found = [refusals.diagnostic(document, trouble, "parser", release) for trouble in judged.parser]
    found += [refusals.diagnostic(document, trouble, "start", release) for trouble in (*judged.tested, *judged.started)]
    found += lint(document, release, surroundings)
    return _merge(found)


def _merge(found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """In order; what is said twice of one place is said once, by the one who minds more."""
    links = any(one.code == "link-count" and one.message.startswith("This node has no") for one in found)
    if links:
        # Said of each node; the daemon's own words for it are about one node and mislead.
        found = [one for one in found if one.code not in ("link-count", "port-missing") or "has no ring" in one.message]
    places = {(one.line, one.code) for one in found if one.stage != "wrong"}
    found = [one for one in found if not (one.code == "bindnet-address" and (one.line, "node-address") in places)]
    found.sort(key=lambda one: (one.line, _STAGES[one.stage], _ORDER[one.severity], one.column))
    out: list[Diagnostic] = []
    seen: set[tuple[int, str, str]] = set()
    refused: dict[int, set[str]] = {}
    for one in found:
        key = (one.line, one.code, one.message)
        there = refused.setdefault(one.line, set())
        said = one.code in there or any(code in there for code in _SAID_BY.get(one.code, ()))
        if key in seen or (one.stage == "wrong" and (said or (one.code == "trailing-comment" and there))):
            continue
        seen.add(key)
        if one.stage != "wrong":
            there.add(one.code)
        out.append(one)
    return tuple(out)
