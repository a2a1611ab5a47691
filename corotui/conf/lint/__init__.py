"""What corosync accepts although it is wrong, or reports only when it is too late."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from corotui.conf.diagnostics.model import Diagnostic
from corotui.conf.document import Document
from corotui.conf.lint import links, logging, nodes, option_names, quorum, security, structure, timers, values
from corotui.conf.lint.context import Environment, LintContext, build_context
from corotui.conf.version import Version

Lint = Callable[[LintContext], Iterator[Diagnostic]]

LINTS: tuple[Lint, ...] = (
    structure.lint,
    option_names.lint,
    values.lint,
    nodes.lint,
    links.lint,
    quorum.lint,
    timers.lint,
    security.lint,
    logging.lint,
)


def lint(document: Document, release: Version, environment: Environment) -> list[Diagnostic]:
    """The diagnostics of all lints, unsorted."""
    context = build_context(document, release, environment)
    return [diagnostic for find in LINTS for diagnostic in find(context)]
