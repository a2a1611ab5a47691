"""The part of a corosync.conf that is read of a node."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from corotui.cluster.limits import MAX_CONF_LINES, MAX_CONF_SECTIONS, MAX_CONF_SIZE, bounded_conf
from corotui.conf.constants import MAX_LINKS, MAX_NODES


@given(st.binary(max_size=500))
def test_a_small_file_is_whole(conf: bytes) -> None:
    assert bounded_conf(conf) == (conf, ())


def test_the_largest_real_file_is_whole() -> None:
    links = "".join(f"\tring{link}_addr: 2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff\n" for link in range(MAX_LINKS))
    nodes = "".join(f"node {{\n\tnodeid: {node}\n\tname: node{node}\n{links}}}\n" for node in range(MAX_NODES))
    conf = f"totem {{\n}}\nnodelist {{\n{nodes}}}\n".encode()
    assert bounded_conf(conf) == (conf, ())


def test_a_hostile_file_is_cut_and_that_is_said() -> None:
    for conf in (b"a{\n" * 240_000, b"{" * 240_000, b"x\n" * 240_000, b"x" * 1_000_000):
        kept, said = bounded_conf(conf)
        assert conf.startswith(kept)
        assert len(kept) <= MAX_CONF_SIZE
        assert kept.count(b"\n") <= MAX_CONF_LINES
        assert kept.count(b"{") <= MAX_CONF_SECTIONS
        assert len(said) == 1
        assert "the rest was left out" in said[0]
