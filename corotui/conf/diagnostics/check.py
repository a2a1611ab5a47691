"""All diagnostics of a file: what the daemon refuses, and what it accepts although it is wrong."""

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
    """Every diagnostic, in the order of the file. Never raises, whatever the bytes.

    `environment` is what is known beside the file; without it nothing that depends on a host is checked.
    """
    predicted = predict_errors(document, release, environment.host)
    refused = [from_daemon.to_diagnostic(document, error, "parser", release) for error in predicted.parse_errors]
    refused += [
        from_daemon.to_diagnostic(document, error, "start", release)
        for error in (*predicted.test_errors, *predicted.startup_errors)
    ]
    linted = lint(document, release, environment)
    if any(item.code == "link-count" for item in linted):
        # The lint reports it for each node. The daemon's own messages are about one node and mislead.
        refused = [item for item in refused if item.code not in ("link-count", "port-missing")]
    return _deduplicate(refused + linted)


def _deduplicate(diagnostics: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sorts and deduplicates: of several diagnostics for one place the more severe one is kept."""
    places = {(item.line, item.code) for item in diagnostics if item.stage != "wrong"}
    diagnostics = [
        item for item in diagnostics if item.code != "bindnet-address" or (item.line, "node-address") not in places
    ]
    diagnostics.sort(key=lambda item: (item.line, _STAGES[item.stage], item.severity.rank, item.column))
    out: list[Diagnostic] = []
    seen: set[tuple[int, str, str]] = set()
    refused: dict[int, set[str]] = {}
    for item in diagnostics:
        key = (item.line, item.code, item.message)
        codes = refused.setdefault(item.line, set())
        implied = item.code in codes or any(code in codes for code in _IMPLIED_BY.get(item.code, ()))
        if key in seen or (item.stage == "wrong" and (implied or (item.code == "trailing-comment" and codes))):
            continue
        seen.add(key)
        if item.stage != "wrong":
            codes.add(item.code)
        out.append(item)
    return tuple(out)
