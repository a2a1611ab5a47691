"""Formats of 3.0, 2.4 and 1.4, from outputs written after those versions' source (see the fixtures' README)."""

from __future__ import annotations

from corotui.ring import cfgtool, cmap, quorumtool
from corotui.ring.model import LinkView
from corotui.ring.reading import read, view
from corotui.ring.sections import Section
from tests.ring.outputs import recorded


def test_links_of_3_0() -> None:
    found = cfgtool.parse(recorded("3.0.4-cfgtool-s-from-source"))
    assert found is not None
    assert found.links[0].states == {1: "localhost", 2: "connected", 3: "disconnected"}


def test_redundant_rings_of_2_4() -> None:
    found = cfgtool.parse(recorded("2.4.6-cfgtool-s-from-source"))
    assert found is not None
    assert [ring.faulty for ring in found.rings.values()] == [False, True]
    assert found.rings[1].address == "10.78.0.1"


def test_a_node_of_2_4() -> None:
    seen = view(
        read(
            "node1",
            {
                "version": Section("Corosync Cluster Engine, version '2.4.6'", 0),
                "cmap": Section(recorded("2.4.6-cmapctl-from-source"), 0),
                "stats": Section("corosync-cmapctl: invalid option -- 'm'", 1),
                "cfgtool": Section(recorded("2.4.6-cfgtool-s-from-source"), 1),
                "paths": Section("corosync-cfgtool: invalid option -- 'n'", 1),
                "quorumtool": Section(recorded("2.4.6-quorumtool-s-from-source"), 0),
            },
            5.0,
        ),
        {1: "node1", 2: "node2", 3: "node3"},
    )
    assert (seen.corosync, seen.ring_id, seen.quorate, seen.members) == ("2.4.6", "1/12", True, ("node1", "node2"))
    assert (seen.retransmits, seen.token_losses, seen.error) == (4, 1, "")
    assert seen.links == (
        LinkView(0, "node2", connected=True),
        LinkView(0, "node3", connected=False),
        LinkView(1, "node2", connected=False),
        LinkView(1, "node3", connected=False),
    )


def test_quorum_of_1_4() -> None:
    found = quorumtool.parse(recorded("1.4.10-quorumtool-s-from-source"))
    assert found is not None
    assert (found.quorate, found.ring_id, found.votes, found.quorum) == (True, "12", 1, 2)


def test_a_node_of_1_4() -> None:
    sections = {
        "version": Section("Corosync Cluster Engine, version '1.4.10'", 0),
        "objects": Section(recorded("1.4.10-objctl-a-from-source"), 0),
        "cfgtool": Section(recorded("1.4.10-cfgtool-s-from-source"), 0),
        "paths": Section("corosync-cfgtool: invalid option -- 'n'", 1),
        "quorumtool": Section("Cannot connect to quorum service, is it loaded?", 1),
    }
    reading = read("node1", sections, 5.0)
    assert reading.node_id == 2415938826, "1.4 prints the id as a signed number"
    seen = view(reading, {2415938826: "node1"})
    assert (seen.running, seen.corosync, seen.members) == (True, "1.4.10", ("33574154", "node1"))
    assert (seen.quorate, seen.flags) == (True, ("NoProvider",))
    assert seen.links == (LinkView(0, "33574154", connected=True),)
    assert seen.error == ""


def test_objects_of_1_4() -> None:
    values = cmap.parse_objects(recorded("1.4.10-objctl-a-from-source"))
    assert values["totem.transport"] == "udpu"
    assert cmap.joined(values) == (33574154, 2415938826)
