"""What `corosync-cfgtool -s` and `-n` print (tools/corosync-cfgtool.c in 3.1.7, 3.0.4, 2.4.6 and 1.4.10)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from corotui.ring.tools.cmap import parse_int


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """A link as this node sees it. `address`: of this node, not to be trusted for udp and udpu in 3.1.7, which show
    another node's. `states`: node id -> "connected", "disconnected", "localhost" or what else is printed."""

    address: str
    peer_states: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RedundantRing:
    """A ring of the redundant ring protocol (1.x, 2.x); `faulty` when corosync has given it up."""

    address: str
    status: str = ""
    faulty: bool = False


@dataclass(frozen=True, slots=True)
class CfgtoolStatus:
    """`links` (3.x) or `rings` (1.x, 2.x) by number. A running daemon without either could not bind."""

    node_id: int | None = None
    transport: str = ""
    links: Mapping[int, LinkStatus] = field(default_factory=dict)
    rings: Mapping[int, RedundantRing] = field(default_factory=dict)


_HEAD = re.compile(r"^Local node ID (-?\d{1,10})(?:, transport (\S*))?\s*$")
_LINK = re.compile(r"^LINK ID (\d{1,2})\b")
_RING = re.compile(r"^RING ID (\d{1,2})\b")
_VALUE = re.compile(r"^\s+(addr|id|status)\s*=\s*(.*?)\s*$")
_STATE = re.compile(r"^\s+nodeid:?\s+(\d{1,10}):\s+(\S.*?)\s*$")


def parse(text: str) -> CfgtoolStatus | None:
    """None where it is not cfgtool's status."""
    head: re.Match[str] | None = None
    links: dict[int, LinkStatus] = {}
    rings: dict[int, RedundantRing] = {}
    address = ""
    states: dict[int, str] = {}
    link: int | None = None
    ring: int | None = None
    for line in text.splitlines():
        if head is None and (found := _HEAD.match(line)):
            head = found
        elif found := _LINK.match(line):
            link, ring, address, states = int(found[1]), None, "", {}
            links[link] = LinkStatus(address, states)
        elif found := _RING.match(line):
            link, ring, address = None, int(found[1]), ""
            rings[ring] = RedundantRing(address)
        elif found := _VALUE.match(line):
            if found[1] in ("addr", "id"):
                address = found[2]
            if link is not None:
                links[link] = LinkStatus(address, states)
            elif ring is not None:
                status = found[2] if found[1] == "status" else ""
                rings[ring] = RedundantRing(address, status, "FAULTY" in status)
        elif link is not None and (found := _STATE.match(line)):
            states[int(found[1])] = found[2]
    if head is None and not links and not rings:
        return None
    node_id = None if head is None else parse_int(head[1])
    if node_id is not None and node_id < 0:  # 1.4 prints the unsigned id as signed
        node_id += 1 << 32
    return CfgtoolStatus(node_id, (head[2] or "") if head else "", links, rings)


@dataclass(frozen=True, slots=True)
class KnetPath:
    """A link to a peer as `-n` (3.1 and newer) shows it, only for peers that are reachable. MTU in bytes."""

    node_id: int
    link: int
    local: str
    remote: str
    enabled: bool
    connected: bool
    mtu: int | None


_PEER = re.compile(r"^nodeid: (\d{1,10}) (reachable|unreachable)?")
_PATH = re.compile(r"^\s+LINK: (\d{1,2}) \S* ?\(([^)\s]*?)(?:->([^)\s]*))?\)(.*)$")
_MTU = re.compile(r"\bmtu: (\d{1,5})\b")


def parse_paths(text: str) -> tuple[KnetPath, ...]:
    """Lines of `corosync-cfgtool -n`; lines of another form are left out."""
    paths: list[KnetPath] = []
    node_id: int | None = None
    for line in text.splitlines():
        if found := _PEER.match(line):
            node_id = int(found[1])
        elif node_id is not None and (found := _PATH.match(line)):
            words = found[4].split()
            mtu = _MTU.search(found[4])
            paths.append(
                KnetPath(
                    node_id=node_id,
                    link=int(found[1]),
                    local=found[2],
                    remote=found[3] or "",
                    enabled="enabled" in words,
                    connected="connected" in words,
                    mtu=int(mtu[1]) if mtu else None,
                )
            )
    return tuple(paths)
