from __future__ import annotations

from dataclasses import replace

from corotui.cluster.finding import Severity
from corotui.ring.membership import merge_views
from corotui.ring.model import NodeView, Ring
from tests.support.ring_outputs import node_view

EXPECTED = ("node1", "node2", "node3")


def codes(ring: Ring) -> list[tuple[str, str | None]]:
    return [(finding.code, finding.node) for finding in ring.findings]


def test_three_nodes_that_agree_are_healthy() -> None:
    ring = merge_views([node_view(name) for name in EXPECTED], EXPECTED)
    assert ring.healthy
    assert ring.quorate
    assert ring.members == EXPECTED
    assert ring.findings == ()


def test_no_views_at_all() -> None:
    ring = merge_views([], EXPECTED)
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
        EXPECTED,
    )
    assert (ring.healthy, ring.quorate, ring.members) == (False, True, rest)
    assert ("member-missing", "node3") in codes(ring)
    assert [f.place for f in ring.findings if f.code == "link-down"] == ["link 0 node1-node3", "link 0 node2-node3"]
    assert "split-brain" not in dict(codes(ring))


def test_a_cut_off_node_that_still_reports_the_old_ring_does_not_count() -> None:
    rest = ("node1", "node2")
    ring = merge_views(
        [node_view("node1", rest, ring_id="1.d"), node_view("node2", rest, ring_id="1.d"), node_view("node3")],
        EXPECTED,
    )
    assert ring.members == rest
    assert not ring.healthy
    assert ("views-disagree", None) in codes(ring)
    assert ("member-missing", "node3") in codes(ring)


def test_two_quorate_partitions_are_a_split_brain() -> None:
    ring = merge_views(
        [node_view("node1", ("node1",), ring_id="1.9"), node_view("node2", ("node2",), ring_id="2.9")],
        ("node1", "node2"),
    )
    [split] = [finding for finding in ring.findings if finding.code == "split-brain"]
    assert split.severity is Severity.ERROR
    assert not ring.healthy


def test_rings_that_expect_no_other_node_are_separate() -> None:
    alone = [replace(node_view(name, (name,), ring_id="1.5"), expected_votes=1, total_votes=1) for name in EXPECTED]
    ring = merge_views(alone, EXPECTED)
    assert codes(ring) == [("separate-rings", None)]
    assert not ring.healthy


def test_no_partition_has_quorum() -> None:
    views = [node_view("node1", ("node1",), quorate=False, down=("node2", "node3"))]
    views += [node_view(name, running=False, error="corosync is not running") for name in ("node2", "node3")]
    ring = merge_views(views, EXPECTED)
    assert (ring.quorate, ring.members) == (False, ())
    assert ("majority-lost", None) in codes(ring)
    assert [code for code, node in codes(ring) if node == "node2"] == ["daemon-stopped"]


def test_an_unreachable_node_does_not_count_with_its_old_view() -> None:
    old = node_view("node3", reachable=False, error="the connection was lost")
    ring = merge_views([node_view("node1"), node_view("node2"), old], EXPECTED)
    assert not ring.healthy
    assert codes(ring) == [("node-unreachable", "node3")]


def test_a_hung_node_is_not_healthy() -> None:
    views: list[NodeView] = [node_view("node1"), node_view("node2"), node_view("node3", hung=True)]
    ring = merge_views(views, EXPECTED)
    assert not ring.healthy
    assert codes(ring) == [("daemon-hung", "node3")]


def test_a_link_down_between_members_is_a_warning_that_says_which_end() -> None:
    ring = merge_views([node_view("node1", down=("node2",)), node_view("node2"), node_view("node3")], EXPECTED)
    [finding] = ring.findings
    assert (finding.severity, finding.code, finding.node) == (Severity.WARNING, "link-down", "node1")
    assert "node2 says it is up" in finding.what
    assert not ring.healthy


def test_a_member_outside_the_cluster_directory_is_reported() -> None:
    ring = merge_views([node_view("node1"), node_view("node2")], ("node1", "node2"))
    assert ("not-expected", "node3") in codes(ring)


def test_the_json_document_is_stable() -> None:
    document = merge_views([node_view(name) for name in EXPECTED], EXPECTED).to_json()
    assert {"healthy", "quorate", "expected", "members", "nodes", "findings"} <= set(document)
    nodes = document["nodes"]
    assert isinstance(nodes, list)
    assert {"name", "reachable", "corosync", "ring_id", "quorate", "members", "links"} <= set(nodes[0])
    assert {"link", "peer", "connected"} <= set(nodes[0]["links"][0])
