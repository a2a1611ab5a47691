"""All diagnostics of a file at once: what the daemon refuses, and what it accepts though it is wrong."""

from __future__ import annotations

from corotui.conf.constants import DEFAULT_RELEASE
from corotui.conf.daemon.verdict import predict_errors
from corotui.conf.diagnostics import from_daemon
from corotui.conf.diagnostics.model import Diagnostic
from corotui.conf.document import Document
from corotui.conf.lint import lint
from corotui.conf.lint.context import Environment
from corotui.conf.version import Version

_STAGES = {"parser": 0, "start": 1, "wrong": 2}
_BY_VALUE = ("number", "choice", "logging")
_IMPLIED_BY = {
    "empty-value": _BY_VALUE,
    "out-of-range": _BY_VALUE,
    "value-ignored": _BY_VALUE,
    "address-is-name": ("node-address",),
}
NO_ENVIRONMENT = Environment()


def check(
    document: Document, *, release: Version = DEFAULT_RELEASE, environment: Environment = NO_ENVIRONMENT
) -> tuple[Diagnostic, ...]:
    """Every diagnostic, in the order of the file. `surroundings` tells what is known beside the file; without it
    nothing that depends on a machine is judged. Never raises, whatever the bytes."""
    judged = predict_errors(document, release, environment.host)
    found = [from_daemon.to_diagnostic(document, trouble, "parser", release) for trouble in judged.parse_errors]
    found += [
        from_daemon.to_diagnostic(document, trouble, "start", release)
        for trouble in (*judged.test_errors, *judged.startup_errors)
    ]
    found += lint(document, release, environment)
    return _deduplicate(found)


def _deduplicate(diagnostics: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """In order; what is said twice of one place is said once, by the one who minds more."""
    links = any(one.code == "link-count" and one.message.startswith("This node has no") for one in diagnostics)
    if links:
        # Said of each node; the daemon's own words for it are about one node and mislead.
        diagnostics = [
            one for one in diagnostics if one.code not in ("link-count", "port-missing") or "has no ring" in one.message
        ]
    places = {(one.line, one.code) for one in diagnostics if one.stage != "wrong"}
    diagnostics = [
        one for one in diagnostics if not (one.code == "bindnet-address" and (one.line, "node-address") in places)
    ]
    diagnostics.sort(key=lambda one: (one.line, _STAGES[one.stage], one.severity.rank, one.column))
    out: list[Diagnostic] = []
    seen: set[tuple[int, str, str]] = set()
    refused: dict[int, set[str]] = {}
    for one in diagnostics:
        key = (one.line, one.code, one.message)
        there = refused.setdefault(one.line, set())
        said = one.code in there or any(code in there for code in _IMPLIED_BY.get(one.code, ()))
        if key in seen or (one.stage == "wrong" and (said or (one.code == "trailing-comment" and there))):
            continue
        seen.add(key)
        if one.stage != "wrong":
            there.add(one.code)
        out.append(one)
    return tuple(out)
