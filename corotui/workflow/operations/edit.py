"""The operator's choices, written to the directory at once: nodes, install, links, corosync.conf. No network."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.cluster.model import Install, Node
from corotui.errors import UsageError
from corotui.facts.model import IpNetwork
from corotui.workflow import link_selection
from corotui.workflow.operations.context import OperationContext
from corotui.workflow.state import Step


def go_to(context: OperationContext, step: Step) -> None:
    context.storage.save_step(step)
    context.store.update(step=step)


def add_node(context: OperationContext, node: Node) -> None:
    context.directory.add_node(node)
    _cluster_changed(context)


def remove_node(context: OperationContext, name: str) -> None:
    context.directory.remove_node(name)
    context.storage.delete_facts(name)
    _cluster_changed(context)


def replace_node(context: OperationContext, name: str, node: Node) -> None:
    context.directory.replace_node(name, node)
    # Another host may answer now: nothing that was known of the node counts any more.
    context.storage.delete_facts(name)
    context.store.update(nodes=tuple(status for status in context.state.nodes if status.name != name))
    _cluster_changed(context)


def set_install(context: OperationContext, install: Install) -> None:
    context.directory.set_install(install)
    _cluster_changed(context)


def _cluster_changed(context: OperationContext) -> None:
    context.reload_files()
    context.shells.invalidate()
    context.refresh_links()


def choose_links(context: OperationContext, networks: Sequence[IpNetwork]) -> None:
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


def propose_conf(context: OperationContext) -> bytes:
    state = context.state
    data = link_selection.conf_from_links(state.cluster, link_selection.selected_links(state), state.facts)
    context.store.update(proposed_conf=data)
    return data


def save_conf(context: OperationContext, data: bytes) -> None:
    before = context.directory.read_conf()
    if before != data:
        context.storage.push_conf(before)
        context.directory.write_conf(data)
    _conf_changed(context, data)


def undo_conf(context: OperationContext) -> bool:
    found, data = context.storage.pop_conf()
    if not found:
        return False
    if data is None:
        context.directory.corosync_conf.unlink(missing_ok=True)
    else:
        context.directory.write_conf(data)
    _conf_changed(context, data)
    return True


def _conf_changed(context: OperationContext, data: bytes | None) -> None:
    context.store.update(conf=data, proposed_conf=None, plan=None)
    context.refresh_findings()
