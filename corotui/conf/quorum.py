"""Votes and quorum as votequorum counts them (exec/votequorum.c)."""

from __future__ import annotations

from dataclasses import dataclass

from corotui.conf.daemon.cmap import Cmap
from corotui.conf.daemon.validation.startup import is_valid_tie_breaker
from corotui.conf.version import Version

DEFAULT_EXPECTED_VOTES_V1 = 1024  # votes that 1.x expects unless the file says otherwise


@dataclass(frozen=True, slots=True)
class QuorumConfig:
    """Votes, quorum and the switches of votequorum in effect."""

    node_votes: tuple[int, ...]
    """Votes of each node, in the order of the nodelist."""
    device_votes: int
    """Votes of the quorum device, 0 without one."""
    expected: int
    """Number of votes from which quorum is computed."""
    quorum: int
    """Number of votes that a part of the ring needs."""
    two_node: bool
    """Whether two_node is in effect."""
    wait_for_all: bool
    """Whether wait_for_all is in effect."""
    last_man_standing: bool
    """Whether last_man_standing is in effect."""
    auto_tie_breaker: bool
    """Whether the file asks for the tie breaker."""
    may_fail: int
    """Nodes that may be lost one after another, those with the most votes first."""
    note: str
    """What to add to `may_fail` in a sentence, "" for nothing."""

    @property
    def votes(self) -> int:
        """All votes together."""
        return sum(self.node_votes) + self.device_votes


def compute_quorum(cmap: Cmap, release: Version, node_count: int) -> QuorumConfig | None:
    """The quorum of a file; None without votequorum, where every part of a ring is quorate.

    `node_count`: number of nodes of a file without a nodelist.
    """
    if cmap.text("quorum.provider") != "corosync_votequorum":
        return None
    votes = tuple(
        cmap.number(f"nodelist.node.{position}.quorum_votes", "u32", 1) for position in range(cmap.node_count)
    )
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
    may_fail = _may_fail(votes, device, needed)
    note = ""
    if flag["last_man_standing"] and not two_node:
        may_fail = max(len(votes) - (1 if tie else 2), may_fail)
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
        may_fail,
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
