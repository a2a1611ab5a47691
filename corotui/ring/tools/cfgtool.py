"""Parsers for `corosync-cfgtool -s` and `-n` (tools/corosync-cfgtool.c in 3.1.7, 3.0.4, 2.4.6 and 1.4.10)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from corotui.cluster.limits import MAX_PATHS, bounded_lines
from corotui.conf.constants import MAX_LINKS, MAX_NODES
from corotui.ring.tools.cmap import parse_int


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """A link as the node itself sees it."""

    address: str
    """Address of the node; with udp and udpu 3.1.7 prints that of another node."""
    peer_states: Mapping[int, str] = field(default_factory=dict)
    """Node id of the peer -> "connected", "disconnected", "localhost" or any other printed text."""


@dataclass(frozen=True, slots=True)
class RedundantRing:
    """A ring of the redundant ring protocol (1.x, 2.x)."""

    address: str
    """Address of the node on this ring."""
    status: str = ""
    """The printed status text."""
    faulty: bool = False
    """Whether corosync has marked the ring as faulty."""


@dataclass(frozen=True, slots=True)
class CfgtoolStatus:
    """The output of `corosync-cfgtool -s`. A running daemon with neither links nor rings could not bind."""

    node_id: int | None = None
    """nodeid of this node; None if it is not printed."""
    transport: str = ""
    """knet, udp or udpu; "" where it is not printed (1.x, 2.x)."""
    links: Mapping[int, LinkStatus] = field(default_factory=dict)
    """Link number -> status (3.x), at most MAX_LINKS with MAX_NODES peers each."""
    rings: Mapping[int, RedundantRing] = field(default_factory=dict)
    """Ring number -> status (1.x, 2.x)."""


_HEAD = re.compile(r"^Local node ID (-?\d{1,10})(?:, transport (\S*))?\s*$")
_LINK = re.compile(r"^LINK ID (\d{1,2})\b")
_RING = re.compile(r"^RING ID (\d{1,2})\b")
_VALUE = re.compile(r"^\s+(addr|id|status)\s*=\s*(.*?)\s*$")
_STATE = re.compile(r"^\s+nodeid:?\s+(\d{1,10}):\s+(\S.*?)\s*$")


def parse(text: str) -> CfgtoolStatus | None:
    """Parses the output of `corosync-cfgtool -s`; None for any other text."""
    head: re.Match[str] | None = None
    links: dict[int, LinkStatus] = {}
    rings: dict[int, RedundantRing] = {}
    address = ""
    states: dict[int, str] = {}
    link: int | None = None
    ring: int | None = None
    for line in bounded_lines(text):
        if head is None and (match := _HEAD.match(line)):
            head = match
        elif match := _LINK.match(line):
            link, ring, address, states = int(match[1]), None, "", {}
            if len(links) < MAX_LINKS or link in links:
                links[link] = LinkStatus(address, states)
            else:
                link = None
        elif match := _RING.match(line):
            link, ring, address = None, int(match[1]), ""
            if len(rings) < MAX_LINKS or ring in rings:
                rings[ring] = RedundantRing(address)
            else:
                ring = None
        elif match := _VALUE.match(line):
            if match[1] in ("addr", "id"):
                address = match[2]
            if link is not None:
                links[link] = LinkStatus(address, states)
            elif ring is not None:
                status = match[2] if match[1] == "status" else ""
                rings[ring] = RedundantRing(address, status, "FAULTY" in status)
        elif link is not None and len(states) < MAX_NODES and (match := _STATE.match(line)):
            states[int(match[1])] = match[2]
    if head is None and not links and not rings:
        return None
    node_id = None if head is None else parse_int(head[1])
    if node_id is not None and node_id < 0:  # 1.4 prints the unsigned id as signed
        node_id += 1 << 32
    return CfgtoolStatus(node_id, (head[2] or "") if head else "", links, rings)


@dataclass(frozen=True, slots=True)
class KnetPath:
    """A link to a reachable peer, as `corosync-cfgtool -n` (3.1 and newer) shows it."""

    node_id: int
    """Node id of the peer."""
    link: int
    """Number of the link."""
    local: str
    """Address of the node itself."""
    remote: str
    """Address of the peer, "" where it is not printed."""
    enabled: bool
    """Whether the daemon uses it."""
    connected: bool
    """Whether the peer answers on it."""
    mtu: int | None
    """Bytes."""


_PEER = re.compile(r"^nodeid: (\d{1,10}) (reachable|unreachable)?")
_PATH = re.compile(r"^\s+LINK: (\d{1,2}) \S* ?\(([^)\s]*?)(?:->([^)\s]*))?\)(.*)$")
_MTU = re.compile(r"\bmtu: (\d{1,5})\b")


def parse_paths(text: str) -> tuple[KnetPath, ...]:
    """Parses the output of `corosync-cfgtool -n`; lines of another form are left out.

    At most MAX_PATHS links.
    """
    paths: list[KnetPath] = []
    node_id: int | None = None
    for line in bounded_lines(text):
        if len(paths) == MAX_PATHS:
            break
        if match := _PEER.match(line):
            node_id = int(match[1])
        elif node_id is not None and (match := _PATH.match(line)):
            states = match[4].split()
            mtu = _MTU.search(match[4])
            paths.append(
                KnetPath(
                    node_id=node_id,
                    link=int(match[1]),
                    local=match[2],
                    remote=match[3] or "",
                    enabled="enabled" in states,
                    connected="connected" in states,
                    mtu=int(mtu[1]) if mtu else None,
                )
            )
    return tuple(paths)
