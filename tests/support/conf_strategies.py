"""Hypothesis strategies for the text of corosync.conf."""

from __future__ import annotations

from hypothesis import strategies as st

_PIECES = st.sampled_from(
    [
        b"totem {",
        b"nodelist {",
        b"node {",
        b"}",
        b"\n",
        b"\r\n",
        b"\x00",
        b"\xa0",
        b" ",
        b"\t",
        b"#",
        b":",
        b"{",
        b"version: 2",
        b"nodeid: 1",
        b"ring0_addr: 10.0.0.1",
        b"name",
        b"\xef\xbb\xbf",
        b"x" * 600,
        b"token: 1e3",
    ]
)
ANY_BYTES = st.one_of(st.binary(max_size=3000), st.lists(_PIECES, max_size=60).map(b"".join))
"""Arbitrary bytes, and sequences of pieces that mean something to the parser."""
