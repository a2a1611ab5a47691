"""Links that the nodes' addresses allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from corotui.facts.model import IpAddress, IpNetwork


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A node's end of a link. MTU in bytes."""

    node: str
    interface: str
    address: IpAddress
    mtu: int | None = None
    up: bool | None = None


@dataclass(frozen=True, slots=True)
class LinkProposal:
    """A subnet as a possible link. `usable`: every node has exactly one usable address in it. `missing`: nodes without.
    `recommended`: would be taken without asking. `reason` is a short sentence."""

    network: IpNetwork
    endpoints: tuple[Endpoint, ...]
    missing: tuple[str, ...] = ()
    usable: bool = True
    recommended: bool = False
    reason: str = ""
    notes: tuple[str, ...] = field(default=())

    def addresses(self) -> Mapping[str, str]:
        """Node name -> address, as corosync.conf takes them."""
        return {end.node: str(end.address) for end in self.endpoints}
