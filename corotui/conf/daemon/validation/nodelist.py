"""Keys of the nodelist in the order in which the daemon walks them."""

from __future__ import annotations

import re
from typing import NamedTuple

from corotui.conf.daemon.cmap import Cmap

_KEY = re.compile(r"nodelist\.node\.(-?[0-9]+)\.(.+)", re.DOTALL).fullmatch
_RING = re.compile(r"ring(-?[0-9]+)(.+)", re.DOTALL).fullmatch
_U32 = 0xFFFFFFFF


class NodeKey(NamedTuple):
    """`key` in the map, its node's position and what follows it; `link` for `ringX_addr`, else None."""

    key: str
    position: int
    attribute: str
    link: int | None


def node_keys(cmap: Cmap) -> list[NodeKey]:
    """All keys of nodes, sorted as strings: positions go 0, 1, 10, 11, 2."""
    out = []
    for key in cmap.keys_under("nodelist.node."):
        found = _KEY(key)
        if found is None:
            continue
        ring = _RING(found[2])
        link = int(ring[1]) & _U32 if ring and ring[2] == "_addr" else None
        out.append(NodeKey(key, int(found[1]) & _U32, found[2], link))
    return out
