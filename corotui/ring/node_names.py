"""Names of node ids: from corosync.conf, or from addresses where the file has no names."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import AddressValueError, IPv4Address

from corotui.cluster.model import Node
from corotui.conf import conf_nodes, parse


def names_from_conf(conf: bytes | None, cluster_nodes: Sequence[Node] = ()) -> dict[int, str]:
    """Node id -> name, from the nodelist of a corosync.conf; empty where there is no file.

    Without a nodelist (1.x) the id of a node is its IPv4 address on ring 0 in the byte order of the processor
    (totemip_parse and totemconfig.c, 1.4). Then those of `cluster_nodes` that ssh reaches by such an address have it.
    """
    if conf is None:
        return {}
    listed = {node.nodeid: node.name for node in conf_nodes(parse(conf)) if node.nodeid is not None and node.name}
    return listed or {
        node_id: node.name for node in cluster_nodes if (node_id := _nodeid_from_ipv4(node.host)) is not None
    }


def _nodeid_from_ipv4(host: str) -> int | None:
    try:
        return int.from_bytes(IPv4Address(host).packed, "little")
    except AddressValueError:
        return None
