"""Collects the evidence: facts, ring view and the doctor's own questions, all nodes at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from corotui.cluster.model import Cluster
from corotui.cluster.quoting import command
from corotui.conf import conf_nodes as conf_nodes
from corotui.conf import parse as parse_conf
from corotui.doctor import parse
from corotui.doctor.evidence import NodeEvidence
from corotui.doctor.evidence_script import SCRIPT, SECOND_SAMPLE
from corotui.errors import CorotuiError, leaves
from corotui.facts import gather_facts as gather_facts
from corotui.facts.model import NodeFacts
from corotui.ring import names_from_conf
from corotui.ring.model import NodeView
from corotui.ring.node_report import NodeReport
from corotui.ring.query import fetch_report, named_views, parse_sections, unreachable_view
from corotui.ssh.remote_script import OutputSection, new_sentinel
from corotui.ssh.shell import Shell

TIMEOUT = 40.0  # seconds for one script; every question in it has its own, shorter limit
_LIMIT = 2 << 20  # bytes


@dataclass(frozen=True, slots=True)
class _RawEvidence:
    report: NodeReport
    facts: NodeFacts | None
    sections: Mapping[str, OutputSection]
    at: float  # monotonic seconds of the first sample


async def gather(
    shells: Mapping[str, Shell | CorotuiError], *, cluster: Cluster, conf: bytes | None
) -> tuple[NodeEvidence, ...]:
    """The evidence of all nodes of the cluster, in its order; a node that cannot be asked has its error."""
    names = _names_to_resolve(cluster, conf)
    order = [node.name for node in cluster.nodes]
    said = await asyncio.gather(*(_query_node(name, shells.get(name), names) for name in order))
    views = named_views(
        [
            item.report if isinstance(item, _RawEvidence) else unreachable_view(name, item)
            for name, item in zip(order, said, strict=True)
        ],
        names_from_conf(conf, cluster.nodes),
    )
    return tuple(_evidence(name, item, view) for name, item, view in zip(order, said, views, strict=True))


async def sample_again(
    shells: Mapping[str, Shell | CorotuiError], nodes: Sequence[NodeEvidence], *, delay: float = 4.0
) -> tuple[NodeEvidence, ...]:
    """The same evidence with a second sample of knet's counters, at least `after` seconds later."""
    await asyncio.sleep(delay)
    began = time.monotonic()
    found = await asyncio.gather(*(_sample(shells.get(node.name)) for node in nodes))
    return tuple(
        replace(node, counters_later=parse.counters(section), seconds_between=delay + time.monotonic() - began)
        if section is not None and node.counters
        else node
        for node, section in zip(nodes, found, strict=True)
    )


async def _query_node(
    name: str, shell: Shell | CorotuiError | None, names: Sequence[str]
) -> _RawEvidence | CorotuiError:
    if shell is None:
        return CorotuiError("it was not asked", node=name)
    if isinstance(shell, CorotuiError):
        return shell
    failed: CorotuiError | None = None
    try:
        async with asyncio.TaskGroup() as group:
            view = group.create_task(fetch_report(shell))
            facts = group.create_task(_facts(shell, names))
            own = group.create_task(_run_script(shell, SCRIPT))
    except* CorotuiError as errors:
        failed = next(leaves(errors))
    return failed or _RawEvidence(view.result(), facts.result(), own.result(), time.monotonic())


async def _facts(shell: Shell, names: Sequence[str]) -> NodeFacts | None:
    """None where only the facts fail: what the daemon says is worth a diagnosis all the same."""
    try:
        return await gather_facts(shell, names=names)
    except CorotuiError:
        return None


async def _run_script(shell: Shell, script: str) -> Mapping[str, OutputSection]:
    mark = new_sentinel()
    result = await shell.run(
        command("sh", "-s", mark), stdin=script.encode(), privileged=True, timeout=TIMEOUT, limit=_LIMIT
    )
    return parse_sections(result, mark)


async def _sample(shell: Shell | CorotuiError | None) -> OutputSection | None:
    if shell is None or isinstance(shell, CorotuiError):
        return None
    try:
        return (await _run_script(shell, SECOND_SAMPLE)).get("counters")
    except CorotuiError:
        return None


def _evidence(name: str, raw: _RawEvidence | CorotuiError, view: NodeView) -> NodeEvidence:
    if isinstance(raw, CorotuiError):
        return NodeEvidence(name, view, error=raw.what)

    def section(which: str) -> OutputSection:
        return parse.section_of(raw.sections, which)

    return NodeEvidence(
        name=name,
        view=view,
        facts=raw.facts,
        report=raw.report,
        unit=parse.unit(section("unit")),
        processes=parse.processes(section("processes")),
        journal=parse.log_lines(section("journal")),
        log=parse.log_lines(section("log")),
        conf_test=parse.conf_test(section("test")),
        loopback_hosts=parse.hosts(section("hosts")),
        directories=parse.directories(section("directories")),
        counters=parse.counters(section("counters")),
        pauses=parse.pauses(section("counters")),
        neighbours=parse.neighbours(section("neighbours")),
    )


def _names_to_resolve(cluster: Cluster, conf: bytes | None) -> tuple[str, ...]:
    """What every node's resolver is asked: the nodes' names and what the file has for addresses."""
    names = [node.name for node in cluster.nodes]
    for node in conf_nodes(parse_conf(conf)) if conf is not None else ():
        names += node.addresses.values()
    return tuple(dict.fromkeys(names))
