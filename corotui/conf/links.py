"""Links as the file defines them: how many nodes have an address on each, and knet's timers for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from corotui.conf.daemon.cmap import Cmap
from corotui.conf.timers import Timers
from corotui.conf.version import Version

_ADDRESS = re.compile(r"nodelist\.node\.(\d+)\.ring(\d+)_addr").fullmatch
_MEMBER = re.compile(r"totem\.interface\.(\d+)\.member\.\d+").fullmatch


@dataclass(frozen=True, slots=True)
class ConfLink:
    """A link (a ring, in 1.x and 2.x)."""

    number: int
    """Number of the link."""
    member_count: int
    """Number of nodes that have an address on it."""
    interval: int = 0
    """Time between knet's pings in ms, 0 where the file leaves it to the token."""
    timeout: int = 0
    """Time in ms after which knet gives up waiting for a pong, 0 where the file leaves it to the token."""
    pong_count: int = 2
    """Pongs after which knet calls the link up."""

    def ping_timeout_ms(self, times: Timers) -> int:
        """Time in ms after which knet calls the link down if no pong comes."""
        if self.timeout:
            return self.timeout
        return self.interval * self.pong_count if self.interval else times.token // self.pong_count

    def ping_interval_ms(self, times: Timers) -> int:
        """Time between knet's pings in ms."""
        if self.interval:
            return self.interval
        return self.timeout // self.pong_count if self.timeout else times.token // (self.pong_count * 2)


def conf_links(cmap: Cmap, release: Version) -> tuple[ConfLink, ...]:
    """The links in order of their number."""
    members: dict[int, int] = {}
    for key in cmap.entries:
        if key.startswith("nodelist.node."):
            if match := _ADDRESS(key):
                members[int(match[2])] = members.get(int(match[2]), 0) + 1
        elif not cmap.node_count and (match := _MEMBER(key)):
            members[int(match[1])] = members.get(int(match[1]), 0) + 1
    if not members and release.grammar < 3:
        members = dict.fromkeys(
            (number for number in (0, 1) if cmap.text(f"totem.interface.{number}.bindnetaddr") is not None), 0
        )
    return tuple(
        ConfLink(
            number,
            count,
            cmap.number(f"totem.interface.{number}.knet_ping_interval", "u32"),
            cmap.number(f"totem.interface.{number}.knet_ping_timeout", "u32"),
            cmap.number(f"totem.interface.{number}.knet_pong_count", "u32") or 2,
        )
        for number, count in sorted(members.items())
    )
