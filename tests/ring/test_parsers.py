from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from corotui.ring.tools import cfgtool, cmap, quorumtool
from tests.support.assertions import assert_never_raises
from tests.support.ring_outputs import recorded

NASTY = st.text() | st.lists(
    st.sampled_from(
        [
            "Quorate:          Yes",
            "Ring ID:",
            "Node ID:          99999999999999999999999999999",
            "    Nodeid      Votes Name",
            "         1          1 n1 (local)",
            "         0          1            Qdevice",
            "LINK ID 0 udp",
            "RING ID 0",
            "\tstatus\t= Marking ringid 0 interface 10.0.0.1 FAULTY",
            "\t\tnodeid:          2:\tconnected",
            "nodeid: 2 reachable",
            "   LINK: 0 udp (10.77.0.1->10.77.0.2) enabled connected mtu: 1446",
            "nodelist.node.0.nodeid (u32) = x",
            "runtime.members.²",
            "²",
        ]
    )
).map("\n".join)


@given(NASTY)
def test_no_parser_raises(text: str) -> None:
    assert_never_raises(quorumtool.parse, text)
    assert_never_raises(cfgtool.parse, text)
    assert_never_raises(cfgtool.parse_paths, text)
    for values in (cmap.parse(text), cmap.parse_objects(text)):
        assert_never_raises(cmap.nodelist, values)
        assert_never_raises(cmap.local_node_id, values)
        assert_never_raises(cmap.member_ids, values)


@given(st.text())
def test_parse_int_never_raises(text: str) -> None:
    found = cmap.parse_int(text)
    assert found is None or abs(found) < 10**20


def test_parse_int_takes_64_bits_and_nothing_else() -> None:
    assert cmap.parse_int(" 18446744073709551615 ") == 2**64 - 1
    assert [cmap.parse_int(text) for text in ("", "-", "1.5", "²", "1" * 21, None)] == [None] * 6


def test_quorumtool_317() -> None:
    found = quorumtool.parse(recorded("3.1.7-quorumtool-s"))
    assert found is not None
    assert found.quorate is True
    assert (found.node_id, found.ring_id, found.provider) == (1, "1.9", "corosync_votequorum")
    assert (found.expected_votes, found.total_votes, found.quorum, found.votes) == (2, 2, 1, 1)
    assert found.flags == ("2Node", "Quorate", "WaitForAll")
    assert found.members == (
        quorumtool.QuorumMember(1, 1, "n1", local=True),
        quorumtool.QuorumMember(2, 1, "n2"),
    )


def test_quorumtool_shows_a_device_column() -> None:
    found = quorumtool.parse(recorded("3.1.7-quorumtool-p"))
    assert found is not None
    assert [member.name for member in found.members] == ["n1", "n2"]


def test_quorumtool_shows_all_addresses() -> None:
    found = quorumtool.parse(recorded("3.1.7-quorumtool-a"))
    assert found is not None
    assert [(member.name, member.local) for member in found.members] == [("n1", True), ("n2", False)]


def test_quorumtool_blocked() -> None:
    text = recorded("3.1.7-quorumtool-s").replace("Quorate:          Yes", "Quorate:          No")
    text = text.replace("Quorum:           1  ", "Quorum:           2 Activity blocked")
    found = quorumtool.parse(text)
    assert found is not None
    assert found.quorate is False
    assert found.quorum == 2


def test_quorumtool_leaves_the_device_out_of_the_members() -> None:
    text = recorded("3.1.7-quorumtool-p") + "         0          1            Qdevice\n"
    found = quorumtool.parse(text)
    assert found is not None
    assert [member.node_id for member in found.members] == [1, 2]


def test_quorumtool_error_is_no_status() -> None:
    assert quorumtool.parse("Cannot initialize CMAP service\n") is None


def test_cfgtool_317() -> None:
    found = cfgtool.parse(recorded("3.1.7-cfgtool-s"))
    assert found is not None
    assert (found.node_id, found.transport) == (1, "knet")
    assert found.links == {
        0: cfgtool.LinkStatus("10.77.0.1", {1: "localhost", 2: "connected"}),
        1: cfgtool.LinkStatus("10.78.0.1", {1: "localhost", 2: "connected"}),
    }


def test_cfgtool_paths_317() -> None:
    first, second = cfgtool.parse_paths(recorded("3.1.7-cfgtool-n"))
    assert first == cfgtool.KnetPath(2, 0, "10.77.0.1", "10.77.0.2", enabled=True, connected=True, mtu=1446)
    assert second.link == 1


def test_cmap_317() -> None:
    values = cmap.parse(recorded("3.1.7-cmapctl"))
    assert values["totem.cluster_name"] == "research"
    assert cmap.local_node_id(values) == 1
    assert cmap.nodelist(values) == {1: "n1", 2: "n2"}
    assert cmap.member_ids(values) == (1, 2)


def test_a_node_that_left_is_no_member() -> None:
    text = recorded("3.1.7-cmapctl").replace("members.2.status (str) = joined", "members.2.status (str) = left")
    assert cmap.member_ids(cmap.parse(text)) == (1,)
