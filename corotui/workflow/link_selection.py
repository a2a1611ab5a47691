"""The links of the ring: which are selected, and the corosync.conf they give. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from corotui.cluster.model import Cluster
from corotui.conf import NodeSpec, RingSpec, generate_conf
from corotui.errors import UsageError
from corotui.facts.model import IpNetwork, NodeFacts
from corotui.network.model import LinkProposal
from corotui.source.releases.target import release_for
from corotui.workflow.state import WorkflowState


def known_networks(proposals: Sequence[LinkProposal], networks: Iterable[IpNetwork]) -> tuple[IpNetwork, ...]:
    """Returns those of `networks` that are still among the proposals, in their order."""
    proposed = {proposal.network for proposal in proposals}
    return tuple(network for network in networks if network in proposed)


def selected_links(state: WorkflowState) -> tuple[LinkProposal, ...]:
    """Returns the links that the configuration will use, link 0 first: the chosen ones, else the recommended ones."""
    proposals = {proposal.network: proposal for proposal in state.links}
    chosen = tuple(proposals[network] for network in state.chosen_links if network in proposals)
    return chosen or tuple(proposal for proposal in state.links if proposal.recommended)


def conf_from_links(cluster: Cluster, links: Sequence[LinkProposal], facts: Mapping[str, NodeFacts]) -> bytes:
    """Returns the corosync.conf of these links; nodes are numbered from 1 in the order of cluster.toml.

    Raises UsageError where there is no link, or a node has no address on one.
    """
    if not links:
        raise UsageError(
            "There is no link that every node has.",
            next_step="Give the nodes addresses in one subnet, then connect to them again.",
        )
    addresses = [link.addresses() for link in links]
    for node in cluster.nodes:
        for link, ends in zip(links, addresses, strict=True):
            if node.name not in ends:
                raise UsageError(f"{node.name} has no address in {link.network}.", next_step="Choose another link.")
    nodes = tuple(
        NodeSpec(node.name, number, tuple(ends[node.name] for ends in addresses))
        for number, node in enumerate(cluster.nodes, 1)
    )
    release = release_for(facts, cluster.install)
    return generate_conf(
        RingSpec(cluster.name, nodes, release=release, networks=tuple(str(link.network) for link in links))
    )
