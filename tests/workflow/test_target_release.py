"""The corosync that a configuration has to suit."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from corotui.cluster.finding import Severity
from corotui.cluster.model import Cluster, Install, InstallMethod, Node
from corotui.conf import NodeSpec, RingSpec, generate_conf
from corotui.conf.constants import DEFAULT_RELEASE
from corotui.conf.version import Version
from corotui.doctor.context import build_context
from corotui.doctor.evidence import NodeEvidence
from corotui.facts.model import Corosync, NodeFacts
from corotui.ring.model import NodeView
from corotui.source.releases.target import release_for
from corotui.workflow.findings import conf_findings

PACKAGE = Install()
NODES = tuple(NodeSpec(name, number, (f"10.0.0.{number}",)) for number, name in enumerate("ab", 1))


def facts(**versions: str) -> dict[str, NodeFacts]:
    return {
        name: NodeFacts(node=name, taken_at=0.0, corosync=Corosync(version=text)) for name, text in versions.items()
    }


def source(version: str = "") -> Install:
    return Install(method=InstallMethod.SOURCE, version=version)


@pytest.mark.parametrize(
    ("versions", "install", "release"),
    [
        ({"a": "3.1.7", "b": "2.4.6"}, PACKAGE, Version(2, 4, 6)),
        ({"a": "3.1.10", "b": "3.1.7", "c": "what"}, PACKAGE, Version(3, 1, 7)),
        ({"a": "3.1.7.12-b9b2"}, PACKAGE, Version(3, 1, 7)),
        ({}, PACKAGE, DEFAULT_RELEASE),
        ({"a": "what"}, PACKAGE, DEFAULT_RELEASE),
        ({"a": "3.1.9", "b": ""}, PACKAGE, Version(3, 1, 9)),
        ({}, source("1.4.2"), Version(1, 4, 2)),
        ({"a": "3.1.7", "b": ""}, source("2.4.6"), Version(2, 4, 6)),
        ({"a": "2.4.6", "b": ""}, source("3.1.10"), Version(2, 4, 6)),
        ({"a": "3.1.7"}, source("3.1.10"), Version(3, 1, 7)),
        ({"a": ""}, source("9.9.9"), Version(9, 9, 9)),
    ],
)
def test_the_oldest_release_that_a_node_has_or_will_get(
    versions: Mapping[str, str], install: Install, release: Version
) -> None:
    assert release_for(facts(**versions), install) == release


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_findings_use_it_whichever_node_is_the_first(order: str) -> None:
    versions = {"a": "3.1.7", "b": "2.4.6"}
    known = facts(**{name: versions[name] for name in order})
    conf = generate_conf(RingSpec("db", NODES)).replace(b"transport: knet", b"transport: knet\n    ip_version: ipv4-6")
    refused = [found.code for found in conf_findings(conf, known, PACKAGE) if found.severity is Severity.ERROR]
    assert refused == ["conf-choice"], "corosync 2.4.6 on one of the nodes knows no such ip_version"


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_diagnoses_use_it_whichever_node_is_the_first(order: str) -> None:
    known = facts(a="3.1.7", b="2.4.6")
    nodes = [
        NodeEvidence(
            name,
            NodeView(name, reachable=True, taken_at=0.0, corosync_version=known[name].corosync.version),
            facts=known[name],
        )
        for name in order
    ]
    cluster = Cluster("db", tuple(Node(name, name) for name in order))
    plain = b"totem {\n    version: 2\n    transport: udpu\n}\n"
    assert build_context(cluster, nodes, plain).conf_summary.needs_key, "2.4.6 encrypts unless told otherwise"
