"""Collects the evidence: facts, ring view and the doctor's own questions, all nodes at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from corotui.cluster.model import Cluster
from corotui.conf import conf_nodes
from corotui.conf import parse as parse_conf
from corotui.doctor import parse
from corotui.doctor.evidence import NodeEvidence
from corotui.doctor.evidence_script import SCRIPT, SECOND_SAMPLE
from corotui.errors import CorotuiError
from corotui.facts import gather_facts
from corotui.facts.model import NodeFacts
from corotui.ring import names_from_conf
from corotui.ring.model import NodeView
from corotui.ring.node_report import NodeReport
from corotui.ring.query import fetch_report, named_views, unreachable_view
from corotui.ssh.fanout import NodeResults, Shells, all_or_first_error, on_nodes
from corotui.ssh.remote_script import OutputSection, describe_limits
from corotui.ssh.shell import Shell

Sleep = Callable[[float], Awaitable[object]]
"""Waits for some seconds, as asyncio.sleep does."""


@dataclass(frozen=True, slots=True)
class _RawEvidence:
    report: NodeReport
    """What the ring script reports."""
    facts: NodeFacts | None
    """Facts of the node; None if they could not be gathered."""
    sections: Mapping[str, OutputSection]
    """Output of the evidence script, by section."""
    at: float
    """When the first sample was taken, in seconds of the monotonic clock."""


async def gather(shells: Shells, *, cluster: Cluster, conf: bytes | None) -> tuple[NodeEvidence, ...]:
    """Returns the evidence of all nodes of the cluster, in its order; a node that fails has its error."""
    names = _names_to_resolve(cluster, conf)
    results = await on_nodes(
        shells.for_nodes(node.name for node in cluster.nodes), lambda shell: _query_node(shell, names)
    )
    return await asyncio.to_thread(_all_evidence, results, names_from_conf(conf, cluster.nodes))


def _all_evidence(results: NodeResults[_RawEvidence], names: Mapping[int, str]) -> tuple[NodeEvidence, ...]:
    views = named_views(
        [
            unreachable_view(node, result) if isinstance(result, CorotuiError) else result.report
            for node, result in results.by_node.items()
        ],
        names,
    )
    return tuple(
        _evidence(node, result, view) for (node, result), view in zip(results.by_node.items(), views, strict=True)
    )


async def sample_again(
    shells: Shells, nodes: Sequence[NodeEvidence], *, delay: float = 4.0, sleep: Sleep = asyncio.sleep
) -> tuple[NodeEvidence, ...]:
    """Returns the same evidence with a second sample of knet's counters, taken at least `delay` seconds later."""
    await sleep(delay)
    began = time.monotonic()
    samples = (await on_nodes(shells, _sample)).ok
    return tuple(
        replace(node, counters_later=parse.counters(section), seconds_between=delay + time.monotonic() - began)
        if (section := samples.get(node.name)) is not None and node.counters
        else node
        for node in nodes
    )


async def _query_node(shell: Shell, names: Sequence[str]) -> _RawEvidence:
    async with all_or_first_error() as group:
        report = group.create_task(fetch_report(shell))
        facts = group.create_task(_facts(shell, names))
        sections = group.create_task(SCRIPT.run(shell))
    return _RawEvidence(report.result(), facts.result(), sections.result(), time.monotonic())


async def _facts(shell: Shell, names: Sequence[str]) -> NodeFacts | None:
    """None where only the facts fail: what the daemon says is worth a diagnosis all the same."""
    try:
        return await gather_facts(shell, names=names)
    except CorotuiError:
        return None


async def _sample(shell: Shell) -> OutputSection | None:
    return (await SECOND_SAMPLE.run(shell)).get("counters")


def _evidence(name: str, raw: _RawEvidence | CorotuiError, view: NodeView) -> NodeEvidence:
    if isinstance(raw, CorotuiError):
        return NodeEvidence(name, view, error=raw.what)

    def section(which: str) -> OutputSection:
        return parse.section_of(raw.sections, which)

    hung, left_out = describe_limits(raw.sections)
    return NodeEvidence(
        name=name,
        view=view,
        facts=raw.facts,
        report=raw.report,
        unit=parse.unit(section("unit")),
        processes=parse.processes(section("processes")),
        journal=parse.log_lines(section("journal")),
        log=parse.log_lines(section("log")),
        refused_logs=parse.log_lines(section("log-refused")),
        conf_test=parse.conf_test(section("test")),
        loopback_hosts=parse.hosts(section("hosts")),
        directories=parse.directories(section("directories")),
        counters=parse.counters(section("counters")),
        pauses=parse.pauses(section("counters")),
        neighbours=parse.neighbours(section("neighbours")),
        hung=tuple(dict.fromkeys((*(raw.facts.hung if raw.facts else ()), *hung))),
        left_out=(*(raw.facts.left_out if raw.facts else ()), *left_out),
    )


def _names_to_resolve(cluster: Cluster, conf: bytes | None) -> tuple[str, ...]:
    """What every node's resolver is asked: the nodes' names and what the file has for addresses."""
    names = [node.name for node in cluster.nodes]
    for node in conf_nodes(parse_conf(conf)) if conf is not None else ():
        names += node.addresses.values()
    return tuple(dict.fromkeys(names))
