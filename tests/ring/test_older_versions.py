"""Output of real rings of 2.4.6 and 1.4.10; 3.0.4 from its source (see the README of the fixtures)."""

from __future__ import annotations

from corotui.cluster.model import Node
from corotui.ring import names_from_conf
from corotui.ring.expected import ExpectedRing
from corotui.ring.membership import merge_views
from corotui.ring.model import LinkView, NodeView
from corotui.ring.node_report import NodeReport, make_view, parse_report
from corotui.ring.tools import cfgtool, cmap, quorumtool
from corotui.ssh.remote_script import OutputSection
from tests.support.ring_outputs import recorded

NAMES = {1: "node1", 2: "node2", 3: "node3"}


def of_2_4(kind: str = "") -> NodeView:
    sections = {
        "version": OutputSection("Corosync Cluster Engine, version '2.4.6'", 0),
        "cmap": OutputSection(recorded(f"2.4.6-{kind}cmapctl"), 0),
        "stats": OutputSection(recorded("2.4.6-cmapctl-stats"), 1),
        "cfgtool": OutputSection(recorded(f"2.4.6-{kind}cfgtool-s"), 1 if kind else 0),
        "paths": OutputSection(recorded("2.4.6-cfgtool-n"), 1),
        "quorumtool": OutputSection(recorded(f"2.4.6-{kind}quorumtool-s"), 0),
    }
    return make_view(parse_report("node1", sections, 5.0), NAMES)


def of_1_4(*, quorum: str = "1.4.10-quorumtool-s") -> NodeReport:
    sections = {
        "version": OutputSection("Corosync Cluster Engine, version '1.4.10'", 0),
        "objects": OutputSection(recorded("1.4.10-objctl-a"), 0),
        "cfgtool": OutputSection(recorded("1.4.10-cfgtool-s"), 0),
        "paths": OutputSection("corosync-cfgtool: invalid option -- 'n'", 1),
        "quorumtool": OutputSection(recorded(quorum), 0),
    }
    return parse_report("node1", sections, 5.0)


def test_links_of_3_0() -> None:
    found = cfgtool.parse(recorded("3.0.4-cfgtool-s-from-source"))
    assert found is not None
    assert found.links[0].peer_states == {1: "localhost", 2: "connected", 3: "disconnected"}


def test_a_healthy_node_of_2_4() -> None:
    seen = of_2_4()
    assert (seen.corosync_version, seen.ring_id, seen.quorate, seen.error) == ("2.4.6", "1/13", True, "")
    assert seen.members == ("node1", "node2", "node3")
    assert (seen.node_id, seen.votes, seen.total_votes, seen.quorum) == (1, 1, 3, 2)
    assert (seen.retransmits, seen.token_losses) == (0, 0)
    assert {(link.link, link.peer) for link in seen.links if link.connected} == {
        (link, peer) for link in (0, 1) for peer in ("node2", "node3")
    }


def test_a_faulty_ring_and_a_node_that_left_2_4() -> None:
    seen = of_2_4("faulty-")
    assert seen.members == ("node1", "node2")
    assert seen.links == (
        LinkView(0, "node2", connected=True),
        LinkView(0, "node3", connected=False),
        LinkView(1, "node2", connected=False),
        LinkView(1, "node3", connected=False),
    )
    codes = [(finding.code, finding.place) for finding in merge_views([seen], ExpectedRing(("node1",))).findings]
    assert codes == [("not-expected", ""), ("link-down", "link 1 node1-node2")]


def test_a_stopped_node_of_2_4() -> None:
    text = "Failed to initialize the cmap API. Error CS_ERR_LIBRARY"
    seen = make_view(
        parse_report("node1", {"version": OutputSection("", 0), "cmap": OutputSection(text, 1)}, 5.0), NAMES
    )
    assert (seen.running, seen.error) == (False, "corosync is not running")


def test_a_node_of_1_4_without_a_quorum_provider() -> None:
    reading = of_1_4()
    assert reading.node_id == 16928010
    seen = make_view(reading, {16928010: "node1", 33705226: "node2"})
    assert (seen.running, seen.corosync_version, seen.ring_id, seen.error) == (True, "1.4.10", "", "")
    assert seen.members == ("node1", "node2")
    assert (seen.quorate, seen.flags) == (True, ("NoProvider",)), "two of three members"
    assert seen.links == (LinkView(0, "node2", connected=True),)


def test_a_single_node_of_1_4_is_not_quorate_though_it_prints_so() -> None:
    reading = of_1_4()
    text = recorded("1.4.10-objctl-a").replace("33705226.status=joined", "33705226.status=left")
    alone = parse_report("node1", {**reading.sections, "objects": OutputSection(text, 0)}, 5.0)
    assert not make_view(alone, {}).quorate


def test_a_member_of_1_4_without_a_name_is_shown_by_its_address() -> None:
    seen = make_view(of_1_4(), {16928010: "node1"})
    assert seen.members == ("node1", "10.77.2.2")
    assert seen.links == (LinkView(0, "10.77.2.2", connected=True),)


def test_ids_of_1_4_are_known_from_the_addresses_of_the_nodes() -> None:
    conf = b"totem {\n  version: 2\n  interface {\n    member {\n      memberaddr: 10.77.2.1\n    }\n  }\n}\n"
    nodes = [Node("node1", "10.77.2.1"), Node("node2", "10.77.2.2"), Node("node3", "db3.example")]
    assert names_from_conf(conf, nodes) == {16928010: "node1", 33705226: "node2"}
    assert names_from_conf(b"nodelist {\n  node {\n    name: a\n    nodeid: 7\n  }\n}\n", nodes) == {7: "a"}
    assert names_from_conf(None, nodes) == {}


def test_a_node_of_1_4_with_votequorum() -> None:
    found = quorumtool.parse(recorded("1.4.10-votequorum-quorumtool-s"))
    assert found is not None
    assert (found.quorate, found.ring_id, found.provider) == (True, "53", "corosync_votequorum")
    assert (found.votes, found.expected_votes, found.total_votes, found.quorum) == (1, 3, 3, 2)


def test_a_stopped_node_of_1_4() -> None:
    sections = {
        "version": OutputSection("Corosync Cluster Engine, version '1.4.10'", 0),
        "objects": OutputSection("Could not initialize objdb library. Error 6", 1),
        "cfgtool": OutputSection("Printing ring status.\nCould not initialize corosync configuration API error 6", 1),
        "quorumtool": OutputSection("Cannot connect to quorum service, is it loaded?", 0),
    }
    seen = make_view(parse_report("node1", sections, 5.0), {})
    assert (seen.running, seen.error) == (False, "corosync is not running")


def test_signed_ids_of_1_4_are_made_unsigned() -> None:
    found = cfgtool.parse("Printing ring status.\nLocal node ID -1879028470\nRING ID 0\n\tid\t= 10.77.0.144\n")
    assert found is not None
    assert found.node_id == 2415938826


def test_objects_of_1_4() -> None:
    values = cmap.parse_objects(recorded("1.4.10-objctl-a"))
    assert values["totem.transport"] == "udpu"
    assert cmap.member_ids(values) == (16928010, 33705226)
