"""Collects the evidence: facts, ring view and the doctor's own questions, all nodes at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from corotui.cluster.model import Cluster
from corotui.cluster.shell import command
from corotui.conf import nodes as conf_nodes
from corotui.conf import parse as parse_conf
from corotui.doctor import parse
from corotui.doctor.evidence import NodeEvidence
from corotui.doctor.script import SCRIPT, SECOND_SAMPLE
from corotui.errors import CorotuiError
from corotui.facts import gather as gather_facts
from corotui.facts.model import NodeFacts
from corotui.ring import names_of
from corotui.ring.look import named_views, reading, sections_of, silent
from corotui.ring.model import NodeView
from corotui.ring.reading import Reading
from corotui.ring.sections import Section, new_mark
from corotui.ssh.shell import Shell

TIMEOUT = 40.0  # seconds for one script; every question in it has its own, shorter limit
_LIMIT = 2 << 20  # bytes


@dataclass(frozen=True, slots=True)
class _Said:
    reading: Reading
    facts: NodeFacts | None
    sections: Mapping[str, Section]
    at: float  # monotonic seconds of the first sample


async def gather(
    shells: Mapping[str, Shell | CorotuiError], *, cluster: Cluster, conf: bytes | None
) -> tuple[NodeEvidence, ...]:
    """The evidence of all nodes of the cluster, in its order; a node that cannot be asked has its error."""
    names = _names(cluster, conf)
    order = [node.name for node in cluster.nodes]
    said = await asyncio.gather(*(_ask(name, shells.get(name), names) for name in order))
    views = named_views(
        [
            item.reading if isinstance(item, _Said) else silent(name, item)
            for name, item in zip(order, said, strict=True)
        ],
        names_of(conf, cluster.nodes),
    )
    return tuple(_evidence(name, item, view) for name, item, view in zip(order, said, views, strict=True))


async def sample_again(
    shells: Mapping[str, Shell | CorotuiError], nodes: Sequence[NodeEvidence], *, after: float = 4.0
) -> tuple[NodeEvidence, ...]:
    """The same evidence with a second sample of knet's counters, at least `after` seconds later."""
    await asyncio.sleep(after)
    began = time.monotonic()
    found = await asyncio.gather(*(_sample(shells.get(node.name)) for node in nodes))
    return tuple(
        replace(node, counters_later=parse.counters(section), seconds_between=after + time.monotonic() - began)
        if section is not None and node.counters
        else node
        for node, section in zip(nodes, found, strict=True)
    )


async def _ask(name: str, shell: Shell | CorotuiError | None, names: Sequence[str]) -> _Said | CorotuiError:
    if shell is None:
        return CorotuiError("it was not asked", node=name)
    if isinstance(shell, CorotuiError):
        return shell
    failed: CorotuiError | None = None
    try:
        async with asyncio.TaskGroup() as group:
            view = group.create_task(reading(shell))
            facts = group.create_task(_facts(shell, names))
            own = group.create_task(_sections(shell, SCRIPT))
    except* CorotuiError as errors:
        failed = _first(errors)
    return failed or _Said(view.result(), facts.result(), own.result(), time.monotonic())


async def _facts(shell: Shell, names: Sequence[str]) -> NodeFacts | None:
    """None where only the facts fail: what the daemon says is worth a diagnosis all the same."""
    try:
        return await gather_facts(shell, names=names)
    except CorotuiError:
        return None


async def _sections(shell: Shell, script: str) -> Mapping[str, Section]:
    mark = new_mark()
    result = await shell.run(
        command("sh", "-s", mark), stdin=script.encode(), privileged=True, timeout=TIMEOUT, limit=_LIMIT
    )
    return sections_of(result, mark)


async def _sample(shell: Shell | CorotuiError | None) -> Section | None:
    if shell is None or isinstance(shell, CorotuiError):
        return None
    try:
        return (await _sections(shell, SECOND_SAMPLE)).get("counters")
    except CorotuiError:
        return None


def _evidence(name: str, said: _Said | CorotuiError, view: NodeView) -> NodeEvidence:
    if isinstance(said, CorotuiError):
        return NodeEvidence(name, view, error=said.what)

    def section(which: str) -> Section:
        return parse.section_of(said.sections, which)

    return NodeEvidence(
        name=name,
        view=view,
        facts=said.facts,
        reading=said.reading,
        unit=parse.unit(section("unit")),
        processes=parse.processes(section("processes")),
        journal=parse.log_lines(section("journal")),
        log=parse.log_lines(section("log")),
        test=parse.test(section("test")),
        loopback_hosts=parse.hosts(section("hosts")),
        directories=parse.directories(section("directories")),
        counters=parse.counters(section("counters")),
        pauses=parse.pauses(section("counters")),
        neighbours=parse.neighbours(section("neighbours")),
    )


def _names(cluster: Cluster, conf: bytes | None) -> tuple[str, ...]:
    """What every node's resolver is asked: the nodes' names and what the file has for addresses."""
    names = [node.name for node in cluster.nodes]
    for node in conf_nodes(parse_conf(conf)) if conf is not None else ():
        names += node.addresses.values()
    return tuple(dict.fromkeys(names))


def _first(group: BaseExceptionGroup[CorotuiError]) -> CorotuiError:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
