"""All diagnostics of a file at once: what the daemon refuses, and what it accepts though it is wrong."""

from __future__ import annotations

from corotui.conf.cmap import Trouble
from corotui.conf.diagnostics import Diagnostic, at
from corotui.conf.document import Document
from corotui.conf.version import version

_ORDER = {"error": 0, "warning": 1, "info": 2}


def check(document: Document, *, corosync: str = "3.1.7") -> tuple[Diagnostic, ...]:
    """Every diagnostic, in the order of the file. Total, whatever the bytes; UsageError for an unknown version."""
    release = version(corosync)
    cmap = document.cmap(release)
    found = [_parser(document, trouble) for trouble in cmap.troubles]
    return tuple(sorted(found, key=lambda one: (one.line, _ORDER[one.severity], one.column)))


def _parser(document: Document, trouble: Trouble) -> Diagnostic:
    return at(document, trouble.line, trouble.code, trouble.text, severity="error", stage="parser")
