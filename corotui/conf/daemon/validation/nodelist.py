"""Keys of the nodelist in the order in which the daemon reads them."""

from __future__ import annotations

import re
from typing import NamedTuple

from corotui.conf.daemon.cmap import Cmap

_KEY = re.compile(r"nodelist\.node\.(-?[0-9]+)\.(.+)", re.DOTALL).fullmatch
_RING = re.compile(r"ring(-?[0-9]+)(.+)", re.DOTALL).fullmatch
_U32 = 0xFFFFFFFF


class NodeKey(NamedTuple):
    """A key of a node."""

    key: str
    """The full key in the map."""
    position: int
    """Position of the node in the nodelist, from 0."""
    attribute: str
    """What follows the position: "nodeid", "ring0_addr"."""
    link: int | None
    """Number of the link for `ringX_addr`, else None."""


def node_keys(cmap: Cmap) -> list[NodeKey]:
    """All keys of nodes, sorted as strings: positions go 0, 1, 10, 11, 2."""
    out = []
    for key in cmap.keys_under("nodelist.node."):
        match = _KEY(key)
        if match is None:
            continue
        ring = _RING(match[2])
        link = int(ring[1]) & _U32 if ring and ring[2] == "_addr" else None
        out.append(NodeKey(key, int(match[1]) & _U32, match[2], link))
    return out
