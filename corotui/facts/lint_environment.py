"""The environment that corosync.conf will be read in, from the facts of the nodes."""

from __future__ import annotations

from collections.abc import Iterable

from corotui.conf import Environment
from corotui.facts.model import NodeFacts


def conf_environment(facts: Iterable[NodeFacts], *, latency_ms: float | None = None) -> Environment:
    """The cloud, the nodes' addresses, and what names resolve to on each node.

    `latency_ms` is the longest round trip between two nodes, None if it was not measured.
    """
    nodes = list(facts)
    return Environment(
        cloud=next((node.cloud.provider for node in nodes if node.cloud is not None), ""),
        latency_ms=latency_ms,
        resolved_names={
            node.node: {name: tuple(map(str, addresses)) for name, addresses in node.resolves.items()} for node in nodes
        },
        addresses={node.node: tuple(str(address.ip) for _, address in node.routable_addresses()) for node in nodes},
    )
