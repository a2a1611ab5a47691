from __future__ import annotations

from dataclasses import replace

import pytest

from corotui.cluster.finding import Severity
from corotui.cluster.model import Node
from corotui.conf.constants import DEFAULT_RELEASE
from corotui.ring.expected import ExpectedRing, expected_ring
from corotui.ring.membership import merge_views
from corotui.ring.model import NodeView, Ring
from tests.support.ring_outputs import node_view

EXPECTED = ("node1", "node2", "node3")


def codes(ring: Ring) -> list[tuple[str, str | None]]:
    return [(finding.code, finding.node) for finding in ring.findings]


def test_three_nodes_that_agree_are_healthy() -> None:
    ring = merge_views([node_view(name) for name in EXPECTED], ExpectedRing(EXPECTED))
    assert ring.healthy
    assert ring.quorate
    assert ring.members == EXPECTED
    assert ring.findings == ()


def test_no_views_at_all() -> None:
    ring = merge_views([], ExpectedRing(EXPECTED))
    assert not ring.healthy
    assert not ring.quorate
    assert codes(ring) == [("node-unreachable", name) for name in EXPECTED]


def test_one_node_cut_off() -> None:
    rest = ("node1", "node2")
    ring = merge_views(
        [
            node_view("node1", rest, ring_id="1.d", down=("node3",), down_count=1),
            node_view("node2", rest, ring_id="1.d", down=("node3",), down_count=1),
            node_view("node3", ("node3",), ring_id="3.d", quorate=False, down=rest, down_count=1),
        ],
        ExpectedRing(EXPECTED),
    )
    assert (ring.healthy, ring.quorate, ring.members) == (False, True, rest)
    assert ("member-missing", "node3") in codes(ring)
    assert [f.place for f in ring.findings if f.code == "link-down"] == ["link 0 node1-node3", "link 0 node2-node3"]
    assert "split-brain" not in dict(codes(ring))


def test_a_cut_off_node_that_still_reports_the_old_ring_does_not_count() -> None:
    rest = ("node1", "node2")
    ring = merge_views(
        [node_view("node1", rest, ring_id="1.d"), node_view("node2", rest, ring_id="1.d"), node_view("node3")],
        ExpectedRing(EXPECTED),
    )
    assert ring.members == rest
    assert not ring.healthy
    assert ("views-disagree", None) in codes(ring)
    assert ("member-missing", "node3") in codes(ring)


def test_two_quorate_partitions_are_a_split_brain() -> None:
    ring = merge_views(
        [node_view("node1", ("node1",), ring_id="1.9"), node_view("node2", ("node2",), ring_id="2.9")],
        ExpectedRing(("node1", "node2")),
    )
    [split] = [finding for finding in ring.findings if finding.code == "split-brain"]
    assert split.severity is Severity.ERROR
    assert not ring.healthy


def test_rings_that_expect_no_other_node_are_separate() -> None:
    alone = [replace(node_view(name, (name,), ring_id="1.5"), expected_votes=1, total_votes=1) for name in EXPECTED]
    ring = merge_views(alone, ExpectedRing(EXPECTED))
    assert codes(ring) == [("separate-rings", None)]
    assert not ring.healthy


def test_no_partition_has_quorum() -> None:
    views = [node_view("node1", ("node1",), quorate=False, down=("node2", "node3"))]
    views += [node_view(name, running=False, error="corosync is not running") for name in ("node2", "node3")]
    ring = merge_views(views, ExpectedRing(EXPECTED))
    assert (ring.quorate, ring.members) == (False, ())
    assert ("majority-lost", None) in codes(ring)
    assert [code for code, node in codes(ring) if node == "node2"] == ["daemon-stopped"]


def test_an_unreachable_node_does_not_count_with_its_old_view() -> None:
    old = node_view("node3", reachable=False, error="the connection was lost")
    ring = merge_views([node_view("node1"), node_view("node2"), old], ExpectedRing(EXPECTED))
    assert not ring.healthy
    assert codes(ring) == [("node-unreachable", "node3")]


def test_a_hung_node_is_not_healthy() -> None:
    views: list[NodeView] = [node_view("node1"), node_view("node2"), node_view("node3", hung=True)]
    ring = merge_views(views, ExpectedRing(EXPECTED))
    assert not ring.healthy
    assert codes(ring) == [("daemon-hung", "node3")]


def test_a_link_down_between_members_is_a_warning_that_says_which_end() -> None:
    ring = merge_views(
        [node_view("node1", down=("node2",)), node_view("node2"), node_view("node3")], ExpectedRing(EXPECTED)
    )
    [finding] = ring.findings
    assert (finding.severity, finding.code, finding.node) == (Severity.WARNING, "link-down", "node1")
    assert "node2 says it is up" in finding.what
    assert not ring.healthy


def test_a_member_outside_the_cluster_directory_is_reported() -> None:
    ring = merge_views([node_view("node1"), node_view("node2")], ExpectedRing(("node1", "node2")))
    assert ("not-expected", "node3") in codes(ring)
    assert not ring.healthy, "a surplus member votes in every decision"


def test_votes_other_than_those_of_the_configuration_are_reported() -> None:
    """A node that was taken out and still runs, or a reload that a daemon did not apply, leaves its votes behind."""
    views = [replace(node_view(name), total_votes=3, expected_votes=3) for name in EXPECTED]
    assert merge_views(views, ExpectedRing(EXPECTED, total_votes=3, expected_votes=3)).healthy
    ring = merge_views(views, ExpectedRing(EXPECTED, total_votes=3, expected_votes=5))
    assert not ring.healthy
    [finding] = ring.findings
    assert (finding.code, finding.severity) == ("votes-differ", Severity.ERROR)
    assert finding.what == "The ring counts 3 expected votes, the configuration gives 5."
    assert [item.node for item in finding.evidence] == ["node1, node2, node3"]


def test_votes_of_1_4_are_not_compared() -> None:
    views = [replace(node_view(name), corosync_version="1.4.10", expected_votes=1024) for name in EXPECTED]
    assert merge_views(views, ExpectedRing(EXPECTED, total_votes=3, expected_votes=3)).healthy


@pytest.mark.parametrize(
    ("quorum", "total", "expected"),
    [
        ("provider: corosync_votequorum", 3, 3),
        ("provider: corosync_votequorum\nexpected_votes: 7", 3, 7),
        ("provider: corosync_votequorum\nexpected_votes: 2", 3, 3),
        ("provider: corosync_votequorum\nlast_man_standing: 1", 3, None),
        ("provider: corosync_votequorum\ndevice {\nmodel: net\nvotes: 1\n}", 4, 4),
        ("", None, None),
    ],
)
def test_the_votes_that_a_configuration_gives(quorum: str, total: int | None, expected: int | None) -> None:
    nodes = "".join(f"node {{\nname: node{n}\nnodeid: {n}\nring0_addr: 10.0.0.{n}\n}}\n" for n in (1, 2, 3))
    conf = f"totem {{\nversion: 2\n}}\nnodelist {{\n{nodes}}}\nquorum {{\n{quorum}\n}}\n".encode()
    ring = expected_ring([Node(name, "host") for name in EXPECTED], conf, DEFAULT_RELEASE)
    assert ring == ExpectedRing(EXPECTED, {1: "node1", 2: "node2", 3: "node3"}, total, expected)


def test_the_json_document_is_stable() -> None:
    document = merge_views([node_view(name) for name in EXPECTED], ExpectedRing(EXPECTED)).to_json()
    assert {"healthy", "quorate", "expected", "members", "nodes", "findings"} <= set(document)
    nodes = document["nodes"]
    assert isinstance(nodes, list)
    assert {"name", "reachable", "corosync", "ring_id", "quorate", "members", "links"} <= set(nodes[0])
    assert {"link", "peer", "connected"} <= set(nodes[0]["links"][0])
