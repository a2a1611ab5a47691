from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from corotui.ring.model import LinkView, NodeView
from corotui.ring.node_report import make_view, parse_report
from corotui.ssh.remote_script import OutputSection, split_sections
from tests.support.assertions import assert_never_raises
from tests.support.ring_outputs import framed, recorded, sections_317


def seen(sections: dict[str, OutputSection]) -> NodeView:
    return make_view(parse_report("node1", sections, 5.0), {1: "node1", 2: "node2"})


def test_a_healthy_node_317() -> None:
    found = seen(sections_317())
    assert (found.corosync_version, found.running, found.hung, found.error) == ("3.1.7", True, False, "")
    assert (found.node_id, found.ring_id, found.quorate, found.members) == (1, "1.9", True, ("node1", "node2"))
    assert found.links == (
        LinkView(0, "node2", True, True, latency=10536, mtu=1446, down_count=0),
        LinkView(1, "node2", True, True, latency=10484, mtu=1446, down_count=0),
    )
    assert (found.retransmits, found.token_losses) == (0, 0)


def test_names_come_from_the_running_nodelist_but_for_the_node_itself() -> None:
    assert make_view(parse_report("node1", sections_317(), 5.0), {}).members == ("node1", "n2")


def test_a_link_that_is_down_has_no_latency() -> None:
    sections = sections_317()
    text = recorded("3.1.7-cmapctl-stats").replace("node2.link0.connected (u8) = 1", "node2.link0.connected (u8) = 0")
    link = seen({**sections, "stats": OutputSection(text, 0)}).links[0]
    assert (link.connected, link.latency, link.down_count) == (False, None, 1)


def test_without_statistics_knet_links_come_from_cfgtool() -> None:
    found = seen({**sections_317(), "stats": OutputSection("", 1)})
    assert found.links == (LinkView(0, "node2", True), LinkView(1, "node2", True))


def test_udpu_links_follow_the_membership() -> None:
    sections = sections_317()
    text = recorded("3.1.7-cmapctl").replace("totem.transport (str) = knet", "totem.transport (str) = udpu")
    alone = recorded("3.1.7-quorumtool-s").replace("         2          1 n2\n", "")
    found = seen(
        {
            **sections,
            "cmap": OutputSection(text, 0),
            "stats": OutputSection("", 0),
            "quorumtool": OutputSection(alone, 2),
        }
    )
    assert found.links == (LinkView(0, "node2", connected=False),)


def test_a_stopped_daemon() -> None:
    found = seen(
        {
            "version": OutputSection("Corosync Cluster Engine, version '3.1.7'", 0),
            "cmap": OutputSection("Failed to initialize the cmap API. Error CS_ERR_LIBRARY", 1),
            "stats": OutputSection("", 1),
            "cfgtool": OutputSection("Could not initialize corosync configuration API error 2", 1),
            "quorumtool": OutputSection("Cannot initialize CMAP service", 1),
        }
    )
    assert (found.reachable, found.running, found.hung, found.error) == (True, False, False, "corosync is not running")
    assert found.corosync_version == "3.1.7"


def test_a_hung_daemon() -> None:
    found = seen(
        {"cmap": OutputSection("", 124), "cfgtool": OutputSection("", 125), "quorumtool": OutputSection("", 125)}
    )
    assert (found.running, found.hung) == (True, True)
    assert found.members == ()


def test_a_daemon_that_hangs_half_way_keeps_its_answers() -> None:
    sections = {**sections_317(), "quorumtool": OutputSection("", 124)}
    found = seen(sections)
    assert (found.hung, found.members, found.quorate) == (True, ("node1", "node2"), False)


def test_no_corosync_at_all() -> None:
    sections = {name: OutputSection("", 127) for name in ("version", "objects", "cfgtool", "paths", "quorumtool")}
    assert seen(sections).error == "corosync is not installed"


def test_full_shared_memory_is_distinguished_from_a_stopped_daemon() -> None:
    found = seen({"cmap": OutputSection("Failed to initialize the cmap API. Error CS_ERR_NO_SPACE", 1)})
    assert "/dev/shm" in found.error


def test_an_answer_that_is_not_understood_is_kept() -> None:
    found = seen({"version": OutputSection("x", 0), "cmap": OutputSection("a fault \x1b[31mnobody knows", 1)})
    assert found.error == "a fault \x1b[31mnobody knows"
    assert not found.running


def test_without_a_quorum_provider_the_majority_counts() -> None:
    sections = sections_317()
    values = recorded("3.1.7-cmapctl").replace("quorum.provider (str) = corosync_votequorum\n", "")
    found = seen({**sections, "cmap": OutputSection(values, 0), "quorumtool": OutputSection("", 127)})
    assert (found.flags, found.quorate) == (("NoProvider",), True)


def test_split_takes_frames_apart_again() -> None:
    sections = sections_317()
    back = split_sections(framed(sections, "mark"), "mark")
    assert {name: section.exit_code for name, section in back.items()} == dict.fromkeys(sections, 0)
    assert back["quorumtool"].text.strip() == sections["quorumtool"].text.strip()


def test_a_frame_without_end_has_no_code() -> None:
    assert split_sections("m begin cmap\na = b\n", "m") == {"cmap": OutputSection("a = b\n", None)}


def test_output_cannot_forge_a_frame_without_the_sentinel() -> None:
    text = "m begin a\nother end a 0\nother begin b\nm end a 1\n"
    assert split_sections(text, "m") == {"a": OutputSection("other end a 0\nother begin b", 1)}


@given(
    st.dictionaries(
        st.sampled_from(["version", "cmap", "objects", "stats", "cfgtool", "paths", "quorumtool"]), st.text()
    )
)
def test_any_output_gives_a_view(texts: dict[str, str]) -> None:
    found = seen({name: OutputSection(text, 0) for name, text in texts.items()})
    assert found.reachable
    assert replace(found).name == "node1"


@given(st.text(alphabet="m begnd0124\n"))
def test_no_output_raises(text: str) -> None:
    assert_never_raises(split_sections, text, "m")
