"""Connects to the nodes, gathers their facts, and probes the links between them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from corotui.cluster.events import Connection, Note
from corotui.cluster.finding import Finding, Severity
from corotui.conf import names_to_resolve, parse
from corotui.conf.constants import BASE_PORT
from corotui.network import ProbeResult
from corotui.workflow.link_selection import selected_links
from corotui.workflow.operations.context import OperationContext


async def connect(context: OperationContext, names: Sequence[str] | None) -> None:
    """Opens connections to all nodes (or to `names`) at once. A failure is kept in the status of its node."""
    async with context.activity.busy("connecting"):
        node_names = names if names is not None else context.node_names
        known = {node.name: node for node in context.state.nodes}
        for name in node_names:
            if name in known and known[name].connection is not Connection.CONNECTED:
                context.store.update_node(name, connection=Connection.CONNECTING, error="")
        await context.shells.open(names)


async def discover(context: OperationContext, names: Sequence[str] | None) -> None:
    """Gathers the facts of all nodes (or of `names`), and derives links and findings from them."""
    async with context.activity.busy("asking the nodes for facts"):
        await refresh_facts(context, names)


async def refresh_facts(context: OperationContext, names: Sequence[str] | None = None) -> None:
    """Gathers facts as part of another operation."""
    shells = await context.shells.open(names)
    conf = context.state.conf
    names_to_look_up = list(context.node_names)
    names_to_look_up += names_to_resolve(parse(conf)) if conf is not None else ()
    results = await context.dependencies.gather_facts(shells, names=names_to_look_up)
    new_facts, errors = results.ok, results.errors
    context.store.node_errors.update(errors)
    nodes = []
    for node in context.state.nodes:
        if node.name in errors:
            nodes.append(replace(node, connection=Connection.FAILED, error=errors[node.name].what, live=False))
        elif node.name in new_facts:
            nodes.append(replace(node, facts=new_facts[node.name], live=True))
        else:
            nodes.append(node)
    context.store.update(nodes=tuple(nodes))
    context.refresh_links()
    # In a thread: leaving secrets out of a hostile corosync.conf of 256 KiB takes 40 ms.
    await asyncio.to_thread(context.storage.save_facts, new_facts)


async def probe(context: OperationContext) -> None:
    """Sends UDP between all pairs of nodes on the selected links; what does not pass becomes a finding."""
    async with context.activity.busy("sending UDP between all pairs of nodes"):
        state = context.state
        shells = await context.shells.open()
        findings: list[Finding] = []
        results: list[ProbeResult] = []
        for number, link in enumerate(selected_links(state)):
            result = await context.dependencies.probe(shells, link, port=BASE_PORT + number)
            findings += list(result.findings())
            results.append(result)
            context.store.report(Note(text=f"{result.network}: {result.summary}."))
            if result.ok:
                findings.append(Finding(Severity.OK, "udp-passes", f"{result.summary}.", place=str(link.network)))
        latencies_ms = [result.milliseconds for result in results if result.milliseconds is not None]
        context.store.update(
            probe_results=tuple(results), probe_findings=tuple(findings), latency_ms=max(latencies_ms, default=None)
        )
        context.refresh_findings()
