"""What corosync accepts though it is wrong, and what it would only notice when it is too late."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from corotui.conf.diagnostics import Diagnostic
from corotui.conf.document import Document
from corotui.conf.lint import logging, names, network, nodes, quorum, security, structure, timing, values
from corotui.conf.lint.subject import Subject, Surroundings, subject
from corotui.conf.version import Version

Lint = Callable[[Subject], Iterator[Diagnostic]]

LINTS: tuple[Lint, ...] = (
    structure.lint,
    names.lint,
    values.lint,
    nodes.lint,
    network.lint,
    quorum.lint,
    timing.lint,
    security.lint,
    logging.lint,
)


def lint(document: Document, release: Version, around: Surroundings) -> list[Diagnostic]:
    """Everything all lints find, in no order."""
    seen = subject(document, release, around)
    return [diagnostic for one in LINTS for diagnostic in one(seen)]
