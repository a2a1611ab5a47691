"""A corosync.conf and facts of its nodes that contradict it."""

from __future__ import annotations

from ipaddress import ip_address

from corotui.facts.model import Address, Cloud, Interface, NodeFacts

CONF = b"""totem {
    version: 2
    cluster_name: db
    config_version: 1
    transport: udp
}
nodelist {
    node {
        name: a
        nodeid: 1
        ring0_addr: a
    }
    node {
        name: b
        nodeid: 2
        ring0_addr: 10.0.0.2
    }
    node {
        name: c
        nodeid: 3
        ring0_addr: elsewhere
    }
}
quorum {
    provider: corosync_votequorum
}
"""


def facts(node: str, address: str, names: dict[str, tuple[str, ...]], cloud: str = "") -> NodeFacts:
    """A node with one address, and what names resolve to on it."""
    interface = Interface("eth0", up=True, addresses=(Address(ip_address(address), 24),))
    return NodeFacts(
        node,
        1.0,
        interfaces=(interface,),
        resolves={name: tuple(ip_address(one) for one in found) for name, found in names.items()},
        cloud=Cloud(cloud) if cloud else None,
    )
