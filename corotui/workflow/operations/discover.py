"""Connecting to the nodes, asking them for facts, and proving the links between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from corotui import network
from corotui.cluster.events import Connection, Note
from corotui.cluster.finding import Finding, Severity
from corotui.conf import names_to_resolve, parse
from corotui.conf.constants import BASE_PORT
from corotui.facts import gather_all
from corotui.network import ProbeResult
from corotui.workflow.link_selection import selected_links
from corotui.workflow.store import StateStore


async def connect(store: StateStore, names: Sequence[str] | None) -> None:
    """Opens connections to all nodes at once; what fails stands beside its node."""
    async with store.busy("connecting"):
        node_names = names if names is not None else [node.name for node in store.state.cluster.nodes]
        known = {node.name: node for node in store.state.nodes}
        for name in node_names:
            if name in known and known[name].connection is not Connection.CONNECTED:
                store.update_node(name, connection=Connection.CONNECTING, error="")
        await store.open_shells(names)


async def discover(store: StateStore, names: Sequence[str] | None) -> None:
    """Facts of all nodes (or these), then everything that follows from them."""
    async with store.busy("asking the nodes for facts"):
        await refresh_facts(store, names)


async def refresh_facts(store: StateStore, names: Sequence[str] | None = None) -> None:
    """The same as `look`, within other work."""
    shells = await store.open_shells(names)
    conf = store.state.conf
    names_to_look_up = [node.name for node in store.state.cluster.nodes]
    names_to_look_up += names_to_resolve(parse(conf)) if conf is not None else ()
    results = await gather_all(shells, names=names_to_look_up)
    new_facts, errors = results.ok, results.errors
    store.node_errors.update(errors)
    nodes = []
    for node in store.state.nodes:
        if node.name in errors:
            nodes.append(replace(node, connection=Connection.FAILED, error=errors[node.name].what, live=False))
        elif node.name in new_facts:
            nodes.append(replace(node, facts=new_facts[node.name], live=True))
        else:
            nodes.append(node)
    store.update(nodes=tuple(nodes))
    store.storage.save_facts(new_facts)
    store.refresh_links()


async def probe(store: StateStore) -> None:
    """Sends UDP between all pairs of nodes on the chosen links; what does not pass becomes a finding."""
    async with store.busy("sending UDP between all pairs of nodes"):
        state = store.state
        shells = await store.open_shells()
        findings: list[Finding] = []
        results: list[ProbeResult] = []
        for number, link in enumerate(selected_links(state)):
            result = await network.probe(shells, link, port=BASE_PORT + number)
            findings += list(result.findings())
            results.append(result)
            store.report(Note(text=f"{result.network}: {result.summary}."))
            if result.ok:
                findings.append(Finding(Severity.OK, "udp-passes", f"{result.summary}.", place=str(link.network)))
        store.latency_ms = max((r.milliseconds for r in results if r.milliseconds is not None), default=None)
        store.update(probe_results=tuple(results), probe_findings=tuple(findings))
        store.refresh_findings()
