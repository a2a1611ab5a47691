"""check_for_duplicate_nodeids of exec/totemconfig.c: the node number that the daemon finds twice."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping


def find_duplicate_nodeid(
    keys: list[tuple[int, bool]],
    ids: Mapping[int, int | None],
    starts_comparison: Callable[[bool], bool] = lambda _: True,
) -> tuple[int, int] | None:
    """Returns the last node number that occurs twice and the position of the later node, or None.

    `keys` are positions in the daemon's order, each with whether later nodes are compared with that key. `ids` maps a
    position to its node number. `starts_comparison` says which keys start a comparison. The daemon compares in two
    nested loops and its inner loop stops at the first position that is not lower; this does the same in linear time.
    """
    refused: tuple[int, int] | None = None
    first: dict[int, int] = {}  # node number -> index of the first key that it is compared with
    highest: list[int] = []  # highest position up to each index: the inner loop stops at the first that is not lower
    for index, (position, counts) in enumerate(keys):
        highest.append(max(position, highest[-1] if highest else 0))
        nodeid = ids.get(position)
        if counts and nodeid is not None:
            first.setdefault(nodeid, index)
    last = -1
    for outer, compared in keys:
        if outer == last or not starts_comparison(compared):
            continue
        last = outer
        nodeid = ids.get(outer)
        if nodeid is not None and first.get(nodeid, len(keys)) < bisect_left(highest, outer):
            refused = (nodeid, outer)
    return refused
