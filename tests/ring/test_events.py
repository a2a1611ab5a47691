from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from corotui.cluster.finding import Severity
from corotui.ring.events import ChangeTracker
from corotui.ring.expected import ExpectedRing
from corotui.ring.membership import merge_views
from corotui.ring.model import NodeView, Ring, RingEvent
from tests.support.ring_outputs import node_view

EXPECTED = ("node1", "node2", "node3")
REST = ("node1", "node2")


def ring(*views: NodeView) -> Ring:
    return merge_views(views, ExpectedRing(EXPECTED))


def whole() -> Ring:
    return ring(*(node_view(name) for name in EXPECTED))


def between(*rings: Ring) -> tuple[RingEvent, ...]:
    changes = ChangeTracker()
    events: list[RingEvent] = []
    for number, one in enumerate(rings):
        events += changes.update(one, float(number))
    return tuple(events)


def texts(events: Iterable[RingEvent]) -> list[str]:
    return [event.text for event in events]


def without_node3(*, token_losses: int, third: NodeView) -> Ring:
    return ring(
        *(node_view(name, REST, ring_id="1.d", down=("node3",), token_losses=token_losses) for name in REST), third
    )


def test_nothing_changes_nothing_is_reported() -> None:
    assert between(whole(), whole()) == ()


def test_a_node_that_is_stopped_leaves() -> None:
    stopped = node_view("node3", running=False, error="corosync is not running")
    events = between(whole(), without_node3(token_losses=0, third=stopped))
    assert texts(events) == ["corosync stopped on node3", "node3 left"]
    assert events[-1].detail == "2 members, quorum kept"


def test_a_node_that_falls_silent_is_lost() -> None:
    alone = node_view("node3", ("node3",), ring_id="3.d", quorate=False, down=REST)
    events = between(whole(), without_node3(token_losses=1, third=alone))
    assert texts(events)[-1] == "node3 lost (no leave message)"
    assert events[-1].severity is Severity.WARNING


def test_a_token_lost_before_the_ring_changes_counts() -> None:
    waiting = ring(*(node_view(name, token_losses=1) for name in REST), node_view("node3", running=False))
    gone = without_node3(token_losses=1, third=node_view("node3", running=False))
    assert texts(between(whole(), waiting, gone))[-1] == "node3 lost (no leave message)"


def test_a_token_lost_in_an_earlier_ring_does_not_count() -> None:
    anew = ring(*(node_view(name, ring_id="1.b", token_losses=1) for name in EXPECTED))
    gone = without_node3(token_losses=1, third=node_view("node3", running=False))
    assert texts(between(whole(), anew, gone))[-1] == "node3 left"


def test_a_node_joins_with_ring_and_members() -> None:
    before = without_node3(token_losses=0, third=node_view("node3", running=False))
    events = between(before, ring(*(node_view(name, ring_id="1.1a") for name in EXPECTED)))
    joined = next(event for event in events if event.text == "node3 joined")
    assert (joined.node, joined.detail) == ("node3", "ring 1.1a, 3 members")


def counted(view: NodeView) -> NodeView:
    return replace(view, links=tuple(replace(link, down_count=1) for link in view.links))


def test_all_links_of_one_node_are_reported_once() -> None:
    down = ring(*(counted(node_view(name, down=("node3",))) for name in REST), counted(node_view("node3", down=REST)))
    up = ring(*(counted(node_view(name)) for name in EXPECTED))
    events = between(up, down, up)
    assert texts(events) == ["link 0 to node3 is down", "link 0 to node3 is up"]
    assert events[0].detail == "from node1, node2"


def test_one_link_between_two_nodes() -> None:
    down = ring(counted(node_view("node1", down=("node2",))), *(counted(node_view(n)) for n in ("node2", "node3")))
    assert texts(between(ring(*(counted(node_view(name)) for name in EXPECTED)), down)) == [
        "link 0 node1-node2 is down"
    ]


def test_quorum_lost_and_regained() -> None:
    alone = ring(
        node_view("node1", ("node1",), ring_id="1.11", quorate=False),
        *(node_view(name, reachable=False) for name in ("node2", "node3")),
    )
    events = texts(between(whole(), alone, whole()))
    assert "quorum lost" in events
    assert "node2 cannot be reached" in events
    assert events[-1] == "quorum regained"
    assert "node2 answers" in events


def test_silence_of_all_is_no_loss_of_quorum() -> None:
    nobody = ring(*(node_view(name, reachable=False) for name in EXPECTED))
    assert texts(between(whole(), nobody)) == [f"{name} cannot be reached" for name in EXPECTED]
    assert texts(between(whole(), nobody, whole()))[3:] == [f"{name} answers" for name in EXPECTED]


def test_a_ring_that_formed_again_without_a_change_of_members() -> None:
    anew = ring(*(node_view(name, ring_id="1.d") for name in EXPECTED))
    assert texts(between(whole(), anew)) == ["the ring formed again"]


def test_a_hang_and_its_end() -> None:
    hung = ring(node_view("node1"), node_view("node2"), node_view("node3", hung=True))
    assert texts(between(whole(), hung, whole())) == ["corosync hangs on node3", "corosync answers again on node3"]
