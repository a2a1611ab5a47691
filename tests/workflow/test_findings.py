"""Findings of a workflow about the file, from facts and file alone."""

from __future__ import annotations

from dataclasses import replace

from corotui.cluster.model import Install
from corotui.facts.model import Cloud, NodeFacts
from corotui.workflow.findings import collect_findings
from corotui.workflow.state import Step
from tests.support.conf_environment import CONF, facts


def test_where_the_nodes_are_counts_for_the_file() -> None:
    known: dict[str, NodeFacts] = {"a": facts("a", "10.0.0.1", {"a": ("127.0.1.1",)}), "b": facts("b", "10.0.0.9", {})}
    codes = {one.code for one in collect_findings(known, Install(), CONF, latency_ms=500.0)[Step.CONFIGURATION]}
    assert {"conf-address-loopback", "conf-address-elsewhere", "conf-token-latency"} <= codes
    assert "conf-multicast-cloud" not in codes
    known["a"] = replace(known["a"], cloud=Cloud("ec2"))
    assert "conf-multicast-cloud" in {one.code for one in collect_findings(known, Install(), CONF)[Step.CONFIGURATION]}


def test_a_name_in_the_file_that_passes_for_a_node() -> None:
    known: dict[str, NodeFacts] = {"a": facts("a", "10.0.0.1", {}), "b": facts("b", "10.0.0.9", {})}
    assert "names-alike" not in {one.code for one in collect_findings(known, Install(), CONF)[Step.CONFIGURATION]}
    forged = b"nodelist {\n node {\n  name: \xd0\xb0\n  nodeid: 1\n  ring0_addr: 10.0.0.1\n }\n}\n"
    (finding,) = [
        one for one in collect_findings(known, Install(), forged)[Step.CONFIGURATION] if one.code == "names-alike"
    ]
    assert "a (with U+0061), \u0430 (with U+0430)" in finding.what
