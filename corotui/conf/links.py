"""Links as the file defines them: which nodes have an address on which link, and knet's timers for each."""

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
    """A link (a ring, in 1.x and 2.x) with the number of nodes that have an address on it. Interval and timeout of
    knet's pings in ms, 0 where the file leaves them to the token."""

    number: int
    member_count: int
    interval: int = 0
    timeout: int = 0
    pong_count: int = 2

    def ping_timeout_ms(self, times: Timers) -> int:
        """Time after which knet calls the link down when no pong comes."""
        if self.timeout:
            return self.timeout
        return self.interval * self.pong_count if self.interval else times.token // self.pong_count

    def ping_interval_ms(self, times: Timers) -> int:
        """Time between knet's pings."""
        if self.interval:
            return self.interval
        return self.timeout // self.pong_count if self.timeout else times.token // (self.pong_count * 2)


def conf_links(cmap: Cmap, release: Version) -> tuple[ConfLink, ...]:
    """The links in order of their number."""
    members: dict[int, int] = {}
    for key in cmap.entries:
        if key.startswith("nodelist.node."):
            if found := _ADDRESS(key):
                members[int(found[2])] = members.get(int(found[2]), 0) + 1
        elif not cmap.node_count and (found := _MEMBER(key)):
            members[int(found[1])] = members.get(int(found[1]), 0) + 1
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
