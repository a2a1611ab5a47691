"""The operator's choices, written to the directory at once: nodes, install, links, corosync.conf. No network."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.cluster.model import Install, Node
from corotui.errors import UsageError
from corotui.facts.model import IpNetwork
from corotui.workflow import link_selection
from corotui.workflow.state import Step
from corotui.workflow.store import StateStore


def go_to(store: StateStore, step: Step) -> None:
    store.storage.save_step(step)
    store.update(step=step)


def add_node(store: StateStore, node: Node) -> None:
    store.directory.add_node(node)
    _cluster_changed(store)


def remove_node(store: StateStore, name: str) -> None:
    store.directory.remove_node(name)
    store.storage.delete_facts(name)
    _cluster_changed(store)


def replace_node(store: StateStore, name: str, node: Node) -> None:
    store.directory.replace_node(name, node)
    # Another host may answer now: nothing that was known of the node counts any more.
    store.storage.delete_facts(name)
    store.update(nodes=tuple(status for status in store.state.nodes if status.name != name))
    _cluster_changed(store)


def set_install(store: StateStore, install: Install) -> None:
    store.directory.set_install(install)
    _cluster_changed(store)


def _cluster_changed(store: StateStore) -> None:
    store.reload_files()
    store.invalidate_connections()
    store.refresh_links()


def choose_links(store: StateStore, networks: Sequence[IpNetwork]) -> None:
    proposals = {proposal.network: proposal for proposal in store.state.links}
    for network in networks:
        proposal = proposals.get(network)
        if proposal is None:
            raise UsageError(f"No node has an address in {network}, so it cannot be a link.", changed="")
        if not proposal.usable:
            raise UsageError(f"{network} is not usable: {proposal.reason}", changed="")
    chosen = tuple(dict.fromkeys(networks))
    store.storage.save_links(chosen)
    store.update(chosen_links=chosen, proposed_conf=None, probe_results=(), probe_findings=())
    store.refresh_findings()


def propose_conf(store: StateStore) -> bytes:
    state = store.state
    data = link_selection.conf_from_links(state.cluster, link_selection.selected_links(state), state.facts)
    store.update(proposed_conf=data)
    return data


def save_conf(store: StateStore, data: bytes) -> None:
    before = store.directory.read_conf()
    if before != data:
        store.storage.push_conf(before)
        store.directory.write_conf(data)
    _conf_changed(store, data)


def undo_conf(store: StateStore) -> bool:
    found, data = store.storage.pop_conf()
    if not found:
        return False
    if data is None:
        store.directory.corosync_conf.unlink(missing_ok=True)
    else:
        store.directory.write_conf(data)
    _conf_changed(store, data)
    return True


def _conf_changed(store: StateStore, data: bytes | None) -> None:
    store.update(conf=data, proposed_conf=None, plan=None)
    store.refresh_findings()
