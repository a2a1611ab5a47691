"""Types of the network room: possible links and their ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from corotui.facts.model import IpAddress, IpNetwork


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A node's end of a link."""

    node: str
    """Name of the node."""
    interface: str
    """Name of the interface."""
    address: IpAddress
    """Address of the node on this link."""
    mtu: int | None = None
    """MTU of the interface in bytes; None if unknown."""
    up: bool | None = None
    """Whether the interface carries traffic; None if unknown."""


@dataclass(frozen=True, slots=True)
class LinkProposal:
    """A subnet as a possible link of the ring."""

    network: IpNetwork
    """The subnet, or the smallest network that holds all addresses of a routed link."""
    endpoints: tuple[Endpoint, ...]
    """The ends of the nodes that have an address in it."""
    missing: tuple[str, ...] = ()
    """Names of the nodes without an address in it."""
    usable: bool = True
    """Whether every node has a usable address in it."""
    recommended: bool = False
    """Whether it is used unless the operator chooses otherwise."""
    reason: str = ""
    """Why it is usable or not, as a short sentence without a period."""
    notes: tuple[str, ...] = field(default=())
    """What else is worth knowing, as phrases without a period."""

    def addresses(self) -> Mapping[str, str]:
        """Address by node name, as they are written into corosync.conf."""
        return {end.node: str(end.address) for end in self.endpoints}
