from __future__ import annotations

from dataclasses import replace

import pytest

from corotui.conf import (
    Environment,
    NodeSpec,
    RingSpec,
    check,
    cluster_name,
    compute_effects,
    conf_nodes,
    config_version,
    configured_transport,
    generate_conf,
    parse,
)
from corotui.conf.version import parse_version
from corotui.errors import UsageError


def ring(count: int, *, corosync: str = "3.1.7", links: int = 1) -> RingSpec:
    return RingSpec(
        "db",
        tuple(
            NodeSpec(f"node{n}", n, tuple(f"10.{77 + link}.0.{n}" for link in range(links)))
            for n in range(1, count + 1)
        ),
        release=parse_version(corosync),
    )


@pytest.mark.parametrize("corosync", ["1.4.2", "2.4.6", "3.1.7", "main"])
@pytest.mark.parametrize("links", [1, 2])
def test_new_file_has_no_diagnostic_of_weight(corosync: str, links: int) -> None:
    document = parse(generate_conf(ring(3, corosync=corosync, links=links)))
    assert [d for d in check(document, release=parse_version(corosync)) if d.severity != "info"] == []


def test_new_file_says_what_was_asked() -> None:
    document = parse(generate_conf(ring(3, links=2)))
    assert [(n.name, n.nodeid, dict(n.addresses)) for n in conf_nodes(document)] == [
        (f"node{n}", n, {0: f"10.77.0.{n}", 1: f"10.78.0.{n}"}) for n in (1, 2, 3)
    ]
    assert (cluster_name(document), configured_transport(document), config_version(document)) == ("db", "knet", 1)


def test_consequences_of_three_nodes() -> None:
    found = compute_effects(parse(generate_conf(ring(3))))
    assert (found.token_ms, found.consensus_ms, found.dead_node_ms) == (3650, 4380, 8030)
    assert (found.votes, found.quorum, found.may_fail) == (3, 2, 1)
    assert found.encrypted
    assert found.ring_limit_ms == 38_030


def test_two_nodes_get_two_node() -> None:
    found = compute_effects(parse(generate_conf(ring(2))))
    assert (found.two_node, found.wait_for_all, found.quorum, found.may_fail) == (True, True, 1, 1)


def test_one_four_names_every_member() -> None:
    text = generate_conf(ring(2, corosync="1.4.2")).decode()
    assert text.count("memberaddr:") == 2
    assert "bindnetaddr: 10.77.0.0\n" in text
    assert "token: 10000\n" in text


@pytest.mark.parametrize(
    "nodes",
    [
        (),
        (NodeSpec("a", 1, ("10.0.0.1",)), NodeSpec("a", 2, ("10.0.0.2",))),
        (NodeSpec("a", 1, ("10.0.0.1",)), NodeSpec("b", 1, ("10.0.0.2",))),
        (NodeSpec("a", 1, ("10.0.0.1",)), NodeSpec("b", 2, ("10.0.0.1",))),
        (NodeSpec("a", 0, ("10.0.0.1",)),),
        (NodeSpec("a{", 1, ("10.0.0.1",)),),
        (NodeSpec("a", 1, ("10.0.0.1", "10.1.0.1")), NodeSpec("b", 2, ("10.0.0.2",))),
    ],
)
def test_a_ring_that_cannot_be_is_refused(nodes: tuple[NodeSpec, ...]) -> None:
    with pytest.raises(UsageError):
        generate_conf(RingSpec("db", nodes))


@pytest.mark.parametrize("corosync", ["1.4.2", "2.4.6", "3.1.7"])
def test_a_ring_in_a_cloud_waits_longer(corosync: str) -> None:
    document = parse(generate_conf(replace(ring(3, corosync=corosync), cloud=True)))
    found = check(document, release=parse_version(corosync), environment=Environment(cloud="ec2"))
    assert [one for one in found if one.severity != "info"] == []
    assert compute_effects(document, release=parse_version(corosync)).token_ms >= 10_000
