"""What is found on the nodes and in the files, by the step that deals with it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from corotui import network, prerequisites
from corotui.cluster.finding import Finding, by_severity
from corotui.cluster.model import Install
from corotui.conf import check, parse
from corotui.facts import conf_environment
from corotui.facts.model import NodeFacts
from corotui.source.releases.target import release_for
from corotui.workflow.state import Step


def collect_findings(
    facts: Mapping[str, NodeFacts],
    install: Install,
    conf: bytes | None,
    probe_findings: tuple[Finding, ...] = (),
    *,
    latency_ms: float | None = None,
) -> dict[Step, tuple[Finding, ...]]:
    """Findings by step. `proved`: what sending packets on the links found, `latency_ms`: the longest round trip seen
    then."""
    about_nodes = prerequisites.findings(facts, install) if facts else ()
    return {
        Step.PREREQUISITES: by_severity([found for found in about_nodes if found.code not in INSTALL_CODES]),
        Step.INSTALL: by_severity([found for found in about_nodes if found.code in INSTALL_CODES]),
        Step.NETWORK: by_severity([*(network.findings(facts) if facts else ()), *probe_findings]),
        Step.CONFIGURATION: conf_findings(conf, facts, install, latency_ms),
    }


COROSYNC_MISSING = "corosync-missing"
INSTALL_CODES = frozenset(
    {
        COROSYNC_MISSING,
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
    release = release_for(facts, install)
    return tuple(
        Finding(
            severity=one.severity,
            code=f"conf-{one.code}",
            what=one.message,
            place=f"corosync.conf:{one.line}",
            why=one.why,
        )
        for one in check(
            parse(conf), release=release, environment=conf_environment(facts.values(), latency_ms=latency_ms)
        )
    )


def merge_findings(findings_by_step: Mapping[Step, tuple[Finding, ...]]) -> tuple[Finding, ...]:
    """All of them, gravest first."""
    return by_severity([finding for findings in findings_by_step.values() for finding in findings])
