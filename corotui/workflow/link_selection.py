"""Choosing links, and the configuration they give. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from corotui.cluster.model import Cluster
from corotui.conf import NodeSpec, RingSpec, generate_conf
from corotui.errors import UsageError
from corotui.facts.model import NodeFacts
from corotui.network.model import LinkProposal
from corotui.source.releases.options import target_version


def link_indices(proposals: Sequence[LinkProposal], networks: Sequence[str]) -> tuple[int, ...]:
    """Where these networks stand among the proposals, in the order of `networks`; those that are gone are left out."""
    place = {str(proposal.network): index for index, proposal in enumerate(proposals)}
    return tuple(place[network] for network in networks if network in place)


def link_networks(proposals: Sequence[LinkProposal], chosen: Sequence[int]) -> tuple[str, ...]:
    """The networks of the chosen links."""
    return tuple(str(proposals[index].network) for index in chosen)


def selected_link_indices(proposals: Sequence[LinkProposal], chosen: Sequence[int]) -> tuple[int, ...]:
    """The chosen links, else the recommended ones."""
    return tuple(chosen) or tuple(index for index, link in enumerate(proposals) if link.recommended)


def conf_from_links(
    cluster: Cluster, proposals: Sequence[LinkProposal], chosen: Sequence[int], facts: Mapping[str, NodeFacts]
) -> bytes:
    """The corosync.conf of the chosen (else the recommended) links, nodes numbered from 1 in the file's order.

    UsageError where the links do not reach every node, or are none.
    """
    use = [proposals[index] for index in selected_link_indices(proposals, chosen)]
    if not use:
        raise UsageError(
            "There is no link that every node has.",
            next_step="Give the nodes addresses in one subnet, then look at them again.",
        )
    addresses = [link.addresses() for link in use]
    for node in cluster.nodes:
        for link, ends in zip(use, addresses, strict=True):
            if node.name not in ends:
                raise UsageError(f"{node.name} has no address in {link.network}.", next_step="Choose another link.")
    nodes = tuple(
        NodeSpec(node.name, number, tuple(ends[node.name] for ends in addresses))
        for number, node in enumerate(cluster.nodes, 1)
    )
    version = target_version(facts, cluster.install)
    return generate_conf(
        RingSpec(cluster.name, nodes, corosync=version, networks=tuple(str(link.network) for link in use))
    )
