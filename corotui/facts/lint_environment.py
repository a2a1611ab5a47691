"""What the nodes' facts tell beside the file: where corosync.conf is going to be read."""

from __future__ import annotations

from collections.abc import Iterable

from corotui.conf import Environment
from corotui.facts.model import NodeFacts


def conf_environment(facts: Iterable[NodeFacts], *, latency_ms: float | None = None) -> Environment:
    """The cloud, what names mean to whom, and which addresses the nodes have. `latency_ms`: the longest round trip
    between two of them, where it was measured."""
    known = list(facts)
    return Environment(
        cloud=next((one.cloud.provider for one in known if one.cloud is not None), ""),
        latency_ms=latency_ms,
        resolved_names={
            one.node: {name: tuple(str(address) for address in found) for name, found in one.resolves.items()}
            for one in known
        },
        addresses={one.node: tuple(str(address.ip) for _, address in one.routable_addresses()) for one in known},
    )
