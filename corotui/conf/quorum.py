"""Votes and quorum as votequorum reckons them (exec/votequorum.c)."""

from __future__ import annotations

from dataclasses import dataclass

from corotui.conf.daemon.cmap import Cmap
from corotui.conf.daemon.validation.startup import is_valid_tie_breaker
from corotui.conf.version import Version

DEFAULT_EXPECTED_VOTES_V1 = 1024  # votes that 1.x expects where the file does not say


@dataclass(frozen=True, slots=True)
class QuorumConfig:
    """`node_votes` in the order of the nodes; `device_votes` of a quorum device, 0 without one. `two_node`: it holds;
    `auto_tie_breaker`: the file asks for it. `may_fail` counts
    nodes lost one after another, those with the most votes first; `note` is what to add to that number in words."""

    node_votes: tuple[int, ...]
    device_votes: int
    expected: int
    quorum: int
    two_node: bool
    wait_for_all: bool
    last_man_standing: bool
    auto_tie_breaker: bool
    may_fail: int
    note: str

    @property
    def votes(self) -> int:
        return sum(self.node_votes) + self.device_votes


def compute_quorum(cmap: Cmap, release: Version, node_count: int) -> QuorumConfig | None:
    """None where no votequorum is configured, so that every part of a ring is quorate. `count`: nodes, where the file
    has no nodelist."""
    if cmap.text("quorum.provider") != "corosync_votequorum":
        return None
    votes = tuple(cmap.number(f"nodelist.node.{place}.quorum_votes", "u32", 1) for place in range(cmap.node_count))
    if not votes:
        votes = (cmap.number("quorum.votes", "u32", 1),) * node_count
    device = 0
    if cmap.text("quorum.device.model"):
        given = "quorum.device.votes" in cmap.entries
        device = cmap.number("quorum.device.votes", "u32") if given else max(len(votes) - 1, 0)
    counted = DEFAULT_EXPECTED_VOTES_V1 if release.grammar == 1 else sum(votes) + device
    expected = cmap.number("quorum.expected_votes", "u32") or counted
    flag = {
        name: bool(cmap.number(f"quorum.{name}", "u8"))
        for name in ("two_node", "last_man_standing", "auto_tie_breaker")
    }
    wait = bool(cmap.number("quorum.wait_for_all", "u8", int(flag["two_node"])))
    tie = flag["auto_tie_breaker"] and is_valid_tie_breaker(cmap.text("quorum.auto_tie_breaker_node"))
    two_node = flag["two_node"] and len(votes) <= 2 and not tie
    if sum(votes) % 2 and not wait:
        tie = False
    needed = 1 if two_node else expected // 2 + 1
    lasts = _may_fail(votes, device, needed)
    note = ""
    if flag["last_man_standing"] and not two_node:
        lasts = max(len(votes) - (1 if tie else 2), lasts)
        note = ", one after another with last_man_standing's window between"
    elif tie and not two_node and len(votes) % 2 == 0 and len(votes):
        note = f", or {len(votes) // 2} at once as long as the tie breaker's node stays"
    elif two_node:
        note = " (two_node: the survivor goes on; fencing must decide a split)"
    return QuorumConfig(
        votes,
        device,
        expected,
        needed,
        two_node,
        wait,
        flag["last_man_standing"],
        flag["auto_tie_breaker"],
        lasts,
        note,
    )


def _may_fail(votes: tuple[int, ...], device: int, needed: int) -> int:
    left = sum(votes) + device
    failed = 0
    for vote in sorted(votes, reverse=True)[: max(len(votes) - 1, 0)]:
        left -= vote
        if left < needed:
            break
        failed += 1
    return failed
