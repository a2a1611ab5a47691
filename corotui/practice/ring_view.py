"""How a node sees its ring, as far as faults need it: whether all members are back and the token circulates."""

from __future__ import annotations

import re
from dataclasses import dataclass

SCRIPT = """\
timeout 5 corosync-quorumtool -s
timeout 5 corosync-cfgtool -s
timeout 5 corosync-cmapctl runtime.config.totem.token
timeout 5 corosync-cmapctl -m stats stats.srp.time_since_token_last_received
true
"""


@dataclass(frozen=True, slots=True)
class RingView:
    """One node's view of the ring."""

    members: int = 0
    """Number of members; 0 if corosync does not answer."""
    ring: str = ""
    """Ring id, "" if corosync does not answer."""
    disconnected_links: int = 0
    """Number of links that are not connected."""
    token_late: bool = False
    """Whether the token has not arrived for half its timeout."""


def parse(text: str) -> RingView:
    """Parses the output of SCRIPT. Missing values get their defaults. Never raises."""
    token = _number(r"^runtime\.config\.totem\.token .*= (\d+)", text)
    age = _number(r"^stats\.srp\.time_since_token_last_received .*= (\d+)", text)
    ring = re.search(r"^Ring ID:\s+(\S+)", text, re.MULTILINE)
    return RingView(
        members=_number(r"^Nodes:\s+(\d+)", text),
        ring=ring[1] if ring else "",
        disconnected_links=len(re.findall(r"\bdisconnected\b", text)),
        token_late=token > 0 and age > token // 2,
    )


def ring_restored(before: dict[str, int], now: dict[str, RingView]) -> bool:
    """Whether every node that counted members before counts as many again, and the ring has settled.

    Nodes that saw the whole ring before must be in one ring again, with all links connected.
    """
    whole = {name for name, members in before.items() if members == sum(1 for count in before.values() if count)}
    rings = {now[name].ring for name in whole}
    return len(rings) <= 1 and all(
        now[name].members >= members
        and not now[name].token_late
        and (name not in whole or not now[name].disconnected_links)
        for name, members in before.items()
        if members
    )


def _number(pattern: str, text: str) -> int:
    match = re.search(pattern, text, re.MULTILINE)
    return int(match[1]) if match else 0
