"""What is found on the nodes and in the files, by the step that deals with it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from corotui import network, prerequisites
from corotui.cluster.finding import Finding, Severity, by_severity
from corotui.cluster.model import Install
from corotui.conf import check, parse
from corotui.facts import surroundings
from corotui.facts.model import NodeFacts
from corotui.source.choice import version_of
from corotui.walk.model import Step

_SEVERITY = {"error": Severity.ERROR, "warning": Severity.WARNING, "info": Severity.INFO}


def find(
    facts: Mapping[str, NodeFacts],
    install: Install,
    conf: bytes | None,
    proved: tuple[Finding, ...] = (),
    *,
    latency_ms: float | None = None,
) -> dict[Step, tuple[Finding, ...]]:
    """Findings by step. `proved`: what sending packets on the links found, `latency_ms`: the longest round trip seen
    then."""
    about_nodes = prerequisites.findings(facts, install) if facts else ()
    return {
        Step.PREREQUISITES: by_severity([found for found in about_nodes if found.code not in INSTALL]),
        Step.INSTALL: by_severity([found for found in about_nodes if found.code in INSTALL]),
        Step.NETWORK: by_severity([*(network.findings(facts) if facts else ()), *proved]),
        Step.CONFIGURATION: conf_findings(conf, facts, install, latency_ms),
    }


MISSING = "corosync-missing"
INSTALL = frozenset(
    {
        MISSING,
        "corosync-broken",
        "corosync-too-old",
        "corosync-service-missing",
        "corosync-series-differ",
        "corosync-versions-differ",
    }
)
"""Findings that are about corosync's own files on the nodes."""


def conf_findings(
    conf: bytes | None, facts: Mapping[str, NodeFacts], install: Install, latency_ms: float | None = None
) -> tuple[Finding, ...]:
    """The diagnostics of the directory's corosync.conf, for the version the nodes have or get, in the file's order."""
    if conf is None:
        return ()
    version = version_of(facts, install)
    return tuple(
        Finding(
            severity=_SEVERITY[one.severity],
            code=f"conf-{one.code}",
            what=one.message,
            place=f"corosync.conf:{one.line}",
            why=one.why,
        )
        for one in check(
            parse(conf), corosync=version, surroundings=surroundings(facts.values(), latency_ms=latency_ms)
        )
    )


def together(found: Mapping[Step, tuple[Finding, ...]]) -> tuple[Finding, ...]:
    """All of them, gravest first."""
    return by_severity([finding for findings in found.values() for finding in findings])
