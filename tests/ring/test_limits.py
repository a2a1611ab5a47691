"""A node that says more than any corosync can costs no more than the largest real ring, and its excess is said once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from corotui.cluster.limits import MAX_LINE, MAX_LINES, MAX_PATHS, bounded_lines, joined
from corotui.conf.constants import MAX_LINKS, MAX_NODES
from corotui.ring import merge_views
from corotui.ring.events import ChangeTracker
from corotui.ring.expected import ExpectedRing
from corotui.ring.model import NodeView
from corotui.ring.node_report import make_view, parse_report
from corotui.ring.tools import cfgtool, cmap, quorumtool
from corotui.ssh.remote_script import OutputSection
from tests.support.ring_outputs import NAMES, node_view, sections_317

EXPECTED = tuple(NAMES.values())
TABLE = "Quorate:          Yes\nRing ID:          1.9\n    Nodeid      Votes Name\n"


def quorum_table(first: int, count: int) -> str:
    return TABLE + "".join(f"{node:10} {1:10} n{node}\n" for node in range(first, first + count))


def knet_statistics(peers: int, links: int = 1) -> str:
    return "".join(
        f"stats.knet.node{peer}.link{link}.connected (u8) = 0\n"
        for peer in range(2, peers + 2)
        for link in range(links)
    )


def hostile_view(**sections: str) -> NodeView:
    answers = {**sections_317(), **{name: OutputSection(text, 0) for name, text in sections.items()}}
    return make_view(parse_report("node1", answers, 0.0), NAMES)


@given(st.text(alphabet=st.sampled_from("ab\r\n"), max_size=60), st.integers(1, 9), st.integers(1, 9))
def test_lines_are_the_first_ones_and_cut(text: str, most: int, width: int) -> None:
    found = bounded_lines(text, most, width)
    whole = text.split("\n")
    if not whole[-1]:
        whole.pop()
    assert found == [line[:width].removesuffix("\r") for line in whole[:most]]


def test_a_million_lines_and_one_endless_line_are_bounded() -> None:
    assert len(bounded_lines("x\n" * 1_000_000)) == MAX_LINES
    assert [len(line) for line in bounded_lines("x" * 1_000_000)] == [MAX_LINE]


def test_a_long_list_of_names_is_counted() -> None:
    assert joined(["a", "b", "c"]) == "a, b, c"
    assert joined([f"n{number}" for number in range(1000)], "+", 2) == "n0+n1 and 998 more"


def test_no_more_members_than_a_ring_can_have() -> None:
    found = quorumtool.parse(quorum_table(1, 19_000))
    assert found is not None
    assert (len(found.members), found.member_count) == (MAX_NODES, 19_000)
    largest = quorumtool.parse(quorum_table(1, MAX_NODES))
    assert largest is not None
    assert len(largest.members) == MAX_NODES


def test_no_more_links_and_names_than_a_ring_can_have() -> None:
    blocks = "".join(
        f"LINK ID {link} udp\n\taddr\t= 10.0.0.1\n\tstatus:\n"
        + "".join(f"\t\tnodeid: {peer:10}:\tconnected\n" for peer in range(150))
        for link in range(100)
    )
    status = cfgtool.parse("Local node ID 1, transport knet\n" + blocks)
    assert status is not None
    assert len(status.links) == MAX_LINKS
    paths = "nodeid: 2 reachable\n" + "   LINK: 0 udp (10.0.0.1->10.0.0.2) enabled connected mtu: 1446\n" * 9_000
    assert len(cfgtool.parse_paths(paths)) == MAX_PATHS
    nodelist = "".join(
        f"nodelist.node.{node}.nodeid (u32) = {node}\nnodelist.node.{node}.name (str) = {'n' * 600}\n"
        for node in range(9_000)
    )
    names = cmap.nodelist(cmap.parse(nodelist))
    assert len(names) == MAX_NODES
    assert max(map(len, names.values())) == 255


def test_a_key_that_cmap_cannot_hold_is_no_key() -> None:
    assert cmap.parse("k" * 255 + " (u8) = 1") == {"k" * 255: "1"}
    assert cmap.parse("k" * 256 + " (u8) = 1") == {}


def test_the_excess_of_each_kind_is_said_once() -> None:
    view = hostile_view(
        quorumtool=quorum_table(1, 19_000),
        cmap="".join(f"runtime.members.{node}.status (str) = joined\n" for node in range(500)),
        stats=knet_statistics(1_000, MAX_LINKS),
    )
    assert view.left_out == (
        "corosync-quorumtool names 19,000 members; corosync allows at most 384; the rest was left out",
        "corosync-cmapctl names 500 members; corosync allows at most 384; the rest was left out",
        "corosync-cmapctl -m stats names 8,000 links; corosync allows at most 3,072; the rest was left out",
    )
    assert len(view.members) == MAX_NODES
    assert len(view.links) <= MAX_PATHS
    ring = merge_views([view, node_view("node2"), node_view("node3")], ExpectedRing(EXPECTED))
    said = [finding.what for finding in ring.findings if finding.code == "answer-too-large"]
    assert said == [f"node1: {sentence}." for sentence in view.left_out]


def test_a_real_answer_leaves_nothing_out() -> None:
    assert hostile_view().left_out == ()


def test_a_node_that_lies_does_not_flood_the_findings() -> None:
    liar = hostile_view(quorumtool=quorum_table(1, 19_000), stats=knet_statistics(MAX_NODES, MAX_LINKS))
    views = [liar, node_view("node2", down=("node3",)), node_view("node3")]
    ring = merge_views(views, ExpectedRing(EXPECTED))
    assert len(ring.findings) < 200
    assert max(len(item.text) for finding in ring.findings for item in finding.evidence) < 1_000
    # what the others say is among the links that are named
    assert any("Link 0 between node2 and node3 is down" in finding.what for finding in ring.findings)
    assert any("more links are down" in finding.what for finding in ring.findings)


def test_a_node_that_lies_alone_floods_neither_members_nor_events() -> None:
    tracker = ChangeTracker()
    for turn in range(20):
        liar = hostile_view(quorumtool=quorum_table(1 + turn * 500, 500), stats=knet_statistics(MAX_NODES, MAX_LINKS))
        ring = merge_views([liar], ExpectedRing(("node1",)))
        events = tracker.update(ring, float(turn))
        assert len(events) < 200
        assert len(ring.findings) < 200
