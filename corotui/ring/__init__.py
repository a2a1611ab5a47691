"""The ring as the nodes see it: queried once, or watched."""

from __future__ import annotations

from corotui.ring.expected import ExpectedRing, expected_ring
from corotui.ring.membership import merge_views
from corotui.ring.model import LinkView, NodeView, Ring, RingEvent
from corotui.ring.node_names import names_from_conf
from corotui.ring.query import query_ring
from corotui.ring.watch import watch

__all__ = [
    "ExpectedRing",
    "LinkView",
    "NodeView",
    "Ring",
    "RingEvent",
    "expected_ring",
    "merge_views",
    "names_from_conf",
    "query_ring",
    "watch",
]
