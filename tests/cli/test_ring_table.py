"""The ring as text for `status` and `watch`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from corotui.cli.output.ring_table import ring_lines
from corotui.ring.expected import ExpectedRing
from corotui.ring.membership import merge_views
from corotui.ring.model import LinkView, NodeView, Ring
from tests.support.ring_outputs import node_view

EXPECTED = ("node1", "node2", "node3")


def lines(*views: NodeView, now: float = 104.0) -> list[str]:
    return ring_lines("db", merge_views(views, ExpectedRing(EXPECTED)), now=now)


def many(count: int) -> Ring:
    names = [f"a-rather-long-name-{number:03}" for number in range(count)]
    views = [
        replace(
            node_view("node1", tuple(names)),
            name=name,
            links=tuple(LinkView(0, peer, connected=True, latency=250) for peer in names if peer != name),
        )
        for name in names
    ]
    return merge_views(views, ExpectedRing(tuple(names)))


def test_a_healthy_ring() -> None:
    text = lines(*(node_view(name) for name in EXPECTED))
    assert text[0] == "db: healthy, 3 of 3 nodes in the ring, quorate"
    assert text[2].split() == ["seen", "by", "↓", "node1", "node2", "node3", "age", "votes"]
    assert text[3].split() == ["node1", "—", "●", "0.21", "ms", "●", "0.21", "ms", "4", "s", "1"]
    assert text[-1] == "ring 1.9   votes 3 of 3, quorum 2   corosync 3.1.7"


def test_every_state_has_words() -> None:
    text = "\n".join(
        lines(
            node_view("node1", ("node1",), down=("node2", "node3"), quorate=False),
            node_view("node2", running=False),
            node_view("node3", reachable=False),
        )
    )
    for words in ("○ down", "○ stopped", "~ silent", "no quorum", "not healthy"):
        assert words in text


@pytest.mark.parametrize("count", [1, 3, 4, 5, 16, 64])
def test_it_fits_eighty_columns(count: int) -> None:
    for line in ring_lines("a-cluster", many(count), now=5000.0):
        assert len(line) <= 80, line


def test_a_wide_ring_counts_links() -> None:
    text = ring_lines("db", many(16), now=100.0)
    assert "● 15 of 15" in text[3]
    assert "0.25 ms" in text[3]


def test_a_node_with_one_of_two_links() -> None:
    view = node_view("node1")
    half = (*view.links, LinkView(1, "node2", connected=False))
    text = lines(replace(view, links=half), node_view("node2"), node_view("node3"))
    assert "◐ 0.21 ms" in text[3]


def test_a_ring_of_udpu_shows_members() -> None:
    bare = [
        replace(node_view(name), links=tuple(LinkView(0, peer, True) for peer in EXPECTED if peer != name))
        for name in EXPECTED
    ]
    assert "● up" in lines(*bare)[3]
