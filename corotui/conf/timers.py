"""The timers in effect in the running daemon, computed as exec/totemconfig.c does. All in milliseconds."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from corotui.conf.daemon.cmap import Cmap
from corotui.conf.version import Version

U32: Final = 0xFFFFFFFF
SHORTER_HOLD_SINCE: Final = Version(3, 0, 2)
LONGER_TOKEN_SINCE: Final = Version(3, 1, 0)
TOKEN_COEFFICIENT_SINCE: Final = Version(2, 3, 4)


@dataclass(frozen=True, slots=True)
class Timers:
    """Times in ms. Those that the file leaves out or sets to 0 have their defaults."""

    token: int
    """Time after which the token is lost, with the addition for every node beyond the second."""
    token_retransmit: int
    """Time after which the token is sent again, in ms."""
    hold: int
    """How long the representative holds the token on an idle ring, in ms."""
    join: int
    """How long to wait for join messages, in ms."""
    consensus: int
    """How long nodes try to agree on a new ring."""
    merge: int
    """How long to wait before looking for another partition, in ms."""
    downcheck: int
    """How often a network interface that is down is checked, in ms."""
    max_network_delay: int
    """Longest delay of the network, in ms."""
    token_warning: int
    """Percent of `token` after which corosync logs a warning."""
    retransmits: int
    """How often the token is sent again before it is lost."""
    coefficient: int
    """Addition to `token` for every node beyond the second; 0 where the release has none."""


def effective_timers(cmap: Cmap, version: Version, members: int) -> Timers:
    """The timers of a ring whose first link has `members` nodes."""

    def number(key: str, default: int) -> int:
        return cmap.number(f"totem.{key}", "u32") or default

    token = number("token", 3000 if version >= LONGER_TOKEN_SINCE else 1000)
    coefficient = 0
    if version >= TOKEN_COEFFICIENT_SINCE:
        coefficient = cmap.number("totem.token_coefficient", "u32", 650)
        if members > 2:
            token = (token + (members - 2) * coefficient) & U32
    retransmits = number("token_retransmits_before_loss_const", 4)
    retransmit = number("token_retransmit", _int(token / (retransmits + 0.2)))
    hold = number("hold", _int(retransmit * 0.8 - 10))
    consensus = number("consensus", _int(_float32(1.2 * token)))
    return Timers(
        token=token,
        token_retransmit=retransmit,
        hold=hold,
        join=number("join", 50),
        consensus=consensus,
        merge=number("merge", 200),
        downcheck=number("downcheck", 1000),
        max_network_delay=number("max_network_delay", 50),
        token_warning=cmap.number("totem.token_warning", "u32", 75),
        retransmits=retransmits,
        coefficient=coefficient,
    )


def _int(value: float) -> int:
    """A double cast to int and stored unsigned; x86 gives 0x80000000 for a value that does not fit."""
    return (int(value) if -0x80000001 < value < 0x80000000 else 0x80000000) & U32


def _float32(value: float) -> float:
    return float(struct.unpack("f", struct.pack("f", value))[0])
