"""Names for node ids, from corosync.conf."""

from __future__ import annotations

from corotui.conf.document import parse
from corotui.conf.reading import nodes
from corotui.errors import CorotuiError


def names_of(conf: bytes | None) -> dict[int, str]:
    """Node id -> name of a corosync.conf's nodelist; empty where there is none or it cannot be read."""
    if conf is None:
        return {}
    try:
        document = parse(conf)
    except CorotuiError:
        return {}
    return {node.nodeid: node.name for node in nodes(document) if node.nodeid is not None and node.name}
