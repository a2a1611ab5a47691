"""What is read of the totem and nodelist sections, before it is validated."""

from __future__ import annotations

from dataclasses import dataclass, field

from corotui.conf.daemon.cmap import Cmap
from corotui.conf.daemon.validation.nodelist import NodeKey
from corotui.conf.daemon.validation.resolver import IPAddress, Resolver
from corotui.conf.daemon.validation.totem.limits import MAX_LINKS
from corotui.conf.version import Version


@dataclass(slots=True)
class RingState:
    """A ring of corosync 1.x or 2.x."""

    number: int
    """Number of the ring."""
    bind: IPAddress | None
    """Address or network the ring is bound to, None if there is none."""
    mcast: IPAddress | None
    """Multicast address, None if there is none."""
    port: int
    """UDP port."""
    ttl: int
    """TTL of multicast packets."""
    line: int
    """Line of the file that defines the ring, 0 for none."""


@dataclass(slots=True)
class LinkState:
    """A link of corosync 3.x, with the daemon's zeroes for what was never set."""

    configured: bool = False
    """Whether the file configures it."""
    bind: IPAddress | None = None
    """Address or network the link is bound to, None if there is none."""
    mcast: IPAddress | None = None
    """Multicast address, None if there is none."""
    port: int = 0
    """UDP port, 0 if not set."""
    ttl: int = 0
    """TTL of multicast packets, 0 if not set."""
    priority: int = 0
    """knet_link_priority."""
    members: list[IPAddress] = field(default_factory=list)
    """Addresses of the nodes on this link, in the order of the nodelist's keys."""
    line: int = 0
    """Line of the file that configures the link first, 0 for none."""


@dataclass(slots=True)
class TotemState:
    """The totem and nodelist sections as corosync 3.x reads them."""

    cmap: Cmap
    """The file as the daemon's map of keys."""
    version: Version
    """The release of the daemon."""
    resolver: Resolver
    """Resolves names as the daemon does."""
    keys: list[NodeKey]
    """Keys of the nodelist in the daemon's order."""
    links: list[LinkState] = field(default_factory=lambda: [LinkState() for _ in range(MAX_LINKS)])
    """Links by number."""
    generated_nodeids: dict[int, int] = field(default_factory=dict)
    """Position of a node -> the number made of its address."""
    transport: str = "knet"
    """The transport in effect."""
    ip_version: str = "ipv6-4"
    """The ip_version in effect."""
    encrypted: bool = False
    """Whether packets are encrypted."""
    nodeid: int = 0
    """Number of the local node, 0 when it has none."""
    local_node_found: bool = False
    """Whether a node of the nodelist is this machine."""
    broadcast: bool = False
    """Whether udp uses broadcast."""
    uses_nodelist: bool = False
    """Whether the daemon takes its members from the nodelist."""

    def nodeid_from_address(self, text: str) -> int | None:
        """The number made of the IPv4 address of a node of udp or udpu that has none; None where that is impossible."""
        address = self.resolver.resolve(text, "ipv4")
        if address is None or address.value == 0xFFFFFFFF:
            return None
        high = self.cmap.text("totem.clear_node_high_bit") == "yes"
        return address.value & 0x7FFFFFFF if high else address.value
