"""Names for node ids, from corosync.conf, or from addresses where it names no node."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import AddressValueError, IPv4Address

from corotui.cluster.model import Node
from corotui.conf import conf_nodes, parse


def names_from_conf(conf: bytes | None, cluster_nodes: Sequence[Node] = ()) -> dict[int, str]:
    """Node id -> name of a corosync.conf's nodelist; empty where there is no file.

    Without a nodelist (1.x) a node's id is its IPv4 address on ring 0, in the processor's own order of bytes
    (totemip_parse and totemconfig.c, 1.4); `known` nodes that ssh reaches by that address are named by it.
    """
    if conf is None:
        return {}
    listed = {node.nodeid: node.name for node in conf_nodes(parse(conf)) if node.nodeid is not None and node.name}
    return listed or {found: node.name for node in cluster_nodes if (found := _nodeid_from_ipv4(node.host)) is not None}


def _nodeid_from_ipv4(host: str) -> int | None:
    try:
        return int.from_bytes(IPv4Address(host).packed, "little")
    except AddressValueError:
        return None
