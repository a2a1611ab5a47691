"""The operator's choices: step, nodes, installation, links, corosync.conf. Each is saved at once, without a network."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.cluster.model import Install, Node
from corotui.errors import UsageError
from corotui.facts.model import IpNetwork
from corotui.rollout.model import KeyChoice
from corotui.workflow import link_selection
from corotui.workflow.operations.context import OperationContext
from corotui.workflow.state import Step


def go_to(context: OperationContext, step: Step) -> None:
    """Goes to a step and saves it for the next session."""
    context.storage.save_step(step)
    context.store.update(step=step)


def add_node(context: OperationContext, node: Node) -> None:
    """Writes a node into cluster.toml."""
    context.directory.add_node(node)
    _cluster_changed(context)


def remove_node(context: OperationContext, name: str) -> None:
    """Removes a node from cluster.toml and deletes its facts."""
    context.directory.remove_node(name)
    context.storage.delete_facts(name)
    _cluster_changed(context)


def replace_node(context: OperationContext, name: str, node: Node) -> None:
    """Replaces a node of cluster.toml in its place, and deletes its facts."""
    context.directory.replace_node(name, node)
    # Another host may answer under this name, so its old facts do not count any more.
    context.storage.delete_facts(name)
    context.store.update(nodes=tuple(status for status in context.state.nodes if status.name != name))
    _cluster_changed(context)


def set_install(context: OperationContext, install: Install) -> None:
    """Writes [install] of cluster.toml."""
    context.directory.set_install(install)
    _cluster_changed(context)


def _cluster_changed(context: OperationContext) -> None:
    context.reload_files()
    context.shells.invalidate()
    context.refresh_links()


def choose_links(context: OperationContext, networks: Sequence[IpNetwork]) -> None:
    """Chooses links by their networks, link 0 first; none: the recommended links are used.

    Raises UsageError for a network that no proposal is for or that is not usable.
    """
    proposals = {proposal.network: proposal for proposal in context.state.links}
    for network in networks:
        proposal = proposals.get(network)
        if proposal is None:
            raise UsageError(f"No node has an address in {network}, so it cannot be a link.", changed="")
        if not proposal.usable:
            raise UsageError(f"{network} is not usable: {proposal.reason}", changed="")
    chosen = tuple(dict.fromkeys(networks))
    context.storage.save_links(chosen)
    context.store.update(chosen_links=chosen, proposed_conf=None, probe_results=(), probe_findings=())
    context.refresh_findings()


def choose_key(context: OperationContext, choice: KeyChoice) -> None:
    """Keeps what the operator says about the key; the next plan follows it. Raises UsageError for an unknown node."""
    if choice.source and choice.source not in context.node_names:
        raise UsageError(f"There is no node {choice.source} in cluster.toml.", changed="")
    context.store.update(key_choice=choice, plan=None)


def propose_conf(context: OperationContext) -> bytes:
    """Makes `state.proposed_conf` from the selected links and returns it.

    Raises UsageError where no link reaches every node.
    """
    state = context.state
    conf = link_selection.conf_from_links(state.cluster, link_selection.selected_links(state), state.facts)
    context.store.update(proposed_conf=conf)
    return conf


def save_conf(context: OperationContext, conf: bytes) -> None:
    """Writes the directory's corosync.conf; keeps the one before for `undo_conf`."""
    before = context.directory.read_conf()
    if before != conf:
        context.storage.push_conf(before)
        context.directory.write_conf(conf)
    _conf_changed(context, conf)


def undo_conf(context: OperationContext) -> bool:
    """Puts the corosync.conf before the last `save_conf` back; returns False where there is none."""
    was_kept, conf = context.storage.pop_conf()
    if not was_kept:
        return False
    if conf is None:
        context.directory.corosync_conf.unlink(missing_ok=True)
    else:
        context.directory.write_conf(conf)
    _conf_changed(context, conf)
    return True


def _conf_changed(context: OperationContext, conf: bytes | None) -> None:
    context.store.update(conf=conf, proposed_conf=None, plan=None)
    context.refresh_findings()
