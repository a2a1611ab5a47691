"""The findings about nodes and files, by the step that deals with them. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from corotui import network, prerequisites
from corotui.cluster.finding import ALIKE_WHY, NAMES_ALIKE, Finding, Severity, by_severity
from corotui.cluster.model import Install
from corotui.cluster.text.lookalikes import alike_sentences
from corotui.conf import Document, check, conf_nodes, parse
from corotui.conf.version import Version
from corotui.facts import conf_environment
from corotui.facts.model import NodeFacts
from corotui.source.releases.target import release_for
from corotui.workflow.state import Step, WorkflowState


def collect_findings(
    facts: Mapping[str, NodeFacts],
    install: Install,
    conf: bytes | None,
    probe_findings: tuple[Finding, ...] = (),
    *,
    latency_ms: float | None = None,
) -> dict[Step, tuple[Finding, ...]]:
    """Returns all findings by step, the most severe first.

    `probe_findings` are the findings of the last UDP probe, `latency_ms` is the longest round trip that it saw.
    """
    node_findings = prerequisites.findings(facts, install) if facts else ()
    return {
        Step.PREREQUISITES: by_severity([finding for finding in node_findings if finding.code not in INSTALL_CODES]),
        Step.INSTALL: by_severity([finding for finding in node_findings if finding.code in INSTALL_CODES]),
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
"""Codes of the findings about corosync's own files on the nodes."""


def corosync_missing(state: WorkflowState) -> tuple[Finding, ...]:
    """Returns the findings of the nodes without corosync."""
    return tuple(finding for finding in state.findings_of(Step.INSTALL) if finding.code == COROSYNC_MISSING)


def conf_findings(
    conf: bytes | None, facts: Mapping[str, NodeFacts], install: Install, latency_ms: float | None = None
) -> tuple[Finding, ...]:
    """Returns what is wrong in corosync.conf for the release that the nodes have or get, in the order of its lines."""
    if conf is None:
        return ()
    release = release_for(facts, install)
    document = parse(conf)
    in_file = [node.name for node in conf_nodes(document) if node.name]
    known_alike = set(alike_sentences(facts, "Names of nodes"))  # said by `network.findings`
    alike = [each for each in alike_sentences([*facts, *in_file], "Names of nodes") if each not in known_alike]
    return (
        *(Finding(Severity.WARNING, NAMES_ALIKE, each, place="corosync.conf", why=ALIKE_WHY) for each in alike),
        *_diagnostics(document, release, facts, latency_ms),
    )


def _diagnostics(
    document: Document, release: Version, facts: Mapping[str, NodeFacts], latency_ms: float | None
) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            severity=diagnostic.severity,
            code=f"conf-{diagnostic.code}",
            what=diagnostic.message,
            place=f"corosync.conf:{diagnostic.line}",
            why=diagnostic.why,
        )
        for diagnostic in check(
            document, release=release, environment=conf_environment(facts.values(), latency_ms=latency_ms)
        )
    )


def merge_findings(findings_by_step: Mapping[Step, tuple[Finding, ...]]) -> tuple[Finding, ...]:
    """Returns the findings of all steps, the most severe first."""
    return by_severity([finding for findings in findings_by_step.values() for finding in findings])
