"""The search for node numbers that two nodes have, against the two nested loops of the daemon."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from corotui.conf.daemon.validation.totem.duplicate_nodeids import find_duplicate_nodeid

KEYS = st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=40)
IDS = st.dictionaries(st.integers(0, 12), st.one_of(st.none(), st.integers(1, 4)))


def nested_loops(keys: list[tuple[int, bool]], ids: dict[int, int | None]) -> tuple[int, int] | None:
    """Two loops; the inner one stops at the first position that is not lower."""
    refused = None
    last = -1
    for outer, _ in keys:
        if outer == last:
            continue
        last = outer
        nodeid = ids.get(outer)
        if nodeid is None:
            continue
        for inner, counts in keys:
            if inner >= outer:
                break
            if counts and ids.get(inner) == nodeid:
                refused = (nodeid, outer)
                break
    return refused


@given(KEYS, IDS)
def test_the_same_node_is_refused(keys: list[tuple[int, bool]], ids: dict[int, int | None]) -> None:
    assert find_duplicate_nodeid(keys, ids) == nested_loops(keys, ids)
