"""Findings sort the same way everywhere and go into JSON whole."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from corotui.cluster.finding import Evidence, Finding, Remedy, Risk, Severity, by_severity, worst_severity

findings = st.builds(
    Finding,
    severity=st.sampled_from(Severity),
    code=st.sampled_from(["host-firewall", "name-on-loopback", "key-differs"]),
    what=st.just("It is so."),
    node=st.sampled_from([None, "a", "b"]),
    place=st.sampled_from(["", "eth0", "corosync.conf:12"]),
)


@given(st.lists(findings))
def test_errors_come_first_and_nothing_is_lost(items: list[Finding]) -> None:
    ordered = by_severity(items)
    ranks = [["error", "warning", "info", "ok"].index(item.severity.value) for item in ordered]
    assert ranks == sorted(ranks)
    assert sorted(map(repr, ordered)) == sorted(map(repr, items))


@given(st.lists(findings))
def test_the_order_does_not_depend_on_the_order_of_arrival(items: list[Finding]) -> None:
    assert by_severity(items) == by_severity(items[::-1])


def test_the_worst_of_none_is_ok() -> None:
    assert worst_severity(()) is Severity.OK


@given(st.lists(findings, min_size=1))
def test_the_worst_is_the_first(items: list[Finding]) -> None:
    assert worst_severity(items) is by_severity(items)[0].severity


def test_json_holds_all_of_it() -> None:
    remedy = Remedy(title="open UDP 5405 on c", node="c", commands=("true",), risk=Risk.NODE, consequence="none")
    finding = Finding(
        severity=Severity.ERROR,
        code="host-firewall",
        what="c's firewall drops UDP 5405",
        node="c",
        evidence=(Evidence("42 packets", "c", "nft list ruleset"),),
        remedies=(remedy,),
        ruled_out=("key differs: same hash",),
    )
    document = json.loads(json.dumps(finding.to_json()))
    assert document["severity"] == "error"
    assert document["evidence"] == [{"text": "42 packets", "node": "c", "source": "nft list ruleset"}]
    assert document["remedies"][0]["commands"] == ["true"]
    assert document["remedies"][0]["risk"] == "node"
    assert document["ruled_out"] == ["key differs: same hash"]
    assert set(document) == set(Finding.__dataclass_fields__)
    assert set(document["remedies"][0]) == set(Remedy.__dataclass_fields__)
