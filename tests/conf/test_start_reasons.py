"""Which line of a log says why corosync failed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.conf.daemon.start_reasons import causal_lines

VERSION = "[TOTEM ] Received config version (118) is different than my config version (50)! Exiting"
UNLOADED = "[SERV  ] Service engine unloaded: corosync vote quorum service v1.0"
NO_RING = (
    "[TOTEM ] Totem is unable to form a cluster because of an operating system or network fault (reason: totem is "
    "continuously in gather state)."
)
EXITED = "corosync.service: Control process exited, code=exited, status=1/FAILURE"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((VERSION, *[UNLOADED] * 12, "corosync.service: Failed with result 'exit-code'."), (VERSION,)),
        (("[KNET  ] link: host: 2 link: 0 is down", NO_RING, NO_RING, "[MAIN  ] members[1]: 1"), (NO_RING,)),
        (("Starting corosync.service - x...", EXITED, "Failed to start corosync.service - x."), (EXITED,)),
        (("[MAIN  ] Unable to allocate the buffers", EXITED, UNLOADED), ("[MAIN  ] Unable to allocate the buffers",)),
        (("[MAIN  ] from the daemon", UNLOADED), ("[MAIN  ] from the daemon",)),
        ((UNLOADED, "Stopped corosync.service - x."), ()),
    ],
    ids=["version", "ring", "unit", "unknown", "nothing", "routine"],
)
def test_the_telling_line_is_chosen(lines: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert causal_lines(lines) == expected


LINES = st.lists(st.one_of(st.sampled_from((VERSION, UNLOADED, NO_RING, EXITED)), st.text(max_size=40)), max_size=30)


@given(LINES)
def test_lines_are_quoted_as_they_are_once_and_in_order(lines: list[str]) -> None:
    chosen = causal_lines(lines)
    assert len(chosen) == len(set(chosen)) <= 3
    assert set(chosen) <= set(lines) - {UNLOADED}
    last = [len(lines) - lines[::-1].index(line) for line in chosen]
    assert last == sorted(last)
    if VERSION in lines:
        assert all(line in (VERSION, NO_RING) or "config version" in line for line in chosen)
