"""Names for node ids, from corosync.conf."""

from __future__ import annotations

from corotui.conf import nodes, parse


def names_of(conf: bytes | None) -> dict[int, str]:
    """Node id -> name of a corosync.conf's nodelist; empty where there is none."""
    if conf is None:
        return {}
    return {node.nodeid: node.name for node in nodes(parse(conf)) if node.nodeid is not None and node.name}
