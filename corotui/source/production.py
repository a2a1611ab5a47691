"""From archives to packages, for every kind of node among the nodes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from corotui.cluster.events import Note, Report, State, StepChanged
from corotui.directory import Directory
from corotui.errors import CommandFailed, CorotuiError, WorkFailed
from corotui.facts.model import NodeFacts
from corotui.source import account, inventory
from corotui.source.build import BUILT, Builder
from corotui.source.choice import Choice
from corotui.source.deliver import LIMIT, Delivery, ledger_of, on_all, store_of
from corotui.source.fetch import Fetched, Received, Watch, fetch_all
from corotui.source.manifest import Release, choose, read
from corotui.source.needed import all_needs
from corotui.source.package import Package
from corotui.source.planning import KindPlan, SourcePlan, plan
from corotui.source.recipe import jobs, keys
from corotui.source.there import fetch_there
from corotui.source.together import together
from corotui.ssh.shell import Shell

ARCHIVES, TOOLS = "archives", "tools"


@dataclass(frozen=True, slots=True)
class Produced:
    """`packages`: build node -> what was built for its kind; `releases` that they were built from."""

    plan: SourcePlan
    releases: tuple[Release, ...]
    packages: Mapping[str, tuple[Package, ...]]


async def produce(
    shells: Mapping[str, Shell],
    facts: Mapping[str, NodeFacts],
    directory: Directory,
    report: Report,
    choice: Choice,
) -> Produced:
    """Fetches, prepares and builds. Archives come while the build node gets its tools.

    Cancelling takes the tools away again; what is built stays in the build folder for the next time.
    """
    releases = choose(read(), choice.version, choice.own, extra=choice.extra)
    plan(facts, releases, build_node=choice.build_node)  # refuses before anything is fetched
    archives = asyncio.ensure_future(_archives(() if choice.on_node else releases, choice, report))
    builders: list[Delivery] = []
    try:
        # An archive that only the operator knows may come without ./configure, and then needs more tools.
        own = not choice.on_node and not all(release.evidence for release in releases)
        seen = {item.release.component: item for item in await archives} if own else {}
        made = await planned(shells, facts, releases, choice, seen)
        _say(made, report)
        todo = [kind for kind in made.kinds if not _stored(kind, directory)]
        for kind in todo:
            shell, node = shells[kind.build_node], facts[kind.build_node]
            builders.append(Delivery(shell, node, kind.form, (), "", ledger_of(directory), report))
        fetched: dict[str, Fetched] = {}
        if todo:
            tools = [_tools(kind, builder) for kind, builder in zip(todo, builders, strict=True)]
            await together([*tools, _into(fetched, archives)])
        await together([_build(kind, shells, facts, fetched, directory, report, choice) for kind in todo])
    except asyncio.CancelledError:
        for builder in builders:
            if builder.half:
                await builder.put_back()
        raise
    finally:
        await _drop(archives)
        await on_all(builders, Delivery.tidy)
    packages = {kind.build_node: _stored(kind, directory) for kind in made.kinds}
    if not todo:
        report(StepChanged(step=ARCHIVES, state=State.SKIPPED, detail=BUILT))
    for kind in made.kinds:
        if kind not in todo:
            for step in (TOOLS, *(release.component for release in kind.build)):
                report(StepChanged(step=step, state=State.SKIPPED, node=kind.build_node, detail=BUILT))
    return Produced(made, releases, packages)


def _stored(kind: KindPlan, directory: Directory) -> tuple[Package, ...]:
    """The packages of a kind, () unless all of them are kept from an earlier build."""
    store = store_of(directory)
    found = [store.of(key) for key in keys(kind.build, kind.kind, kind.form)]
    return tuple(package for packages in found for package in packages) if all(found) else ()


async def planned(
    shells: Mapping[str, Shell],
    facts: Mapping[str, NodeFacts],
    releases: Sequence[Release],
    choice: Choice,
    fetched: Mapping[str, Fetched],
) -> SourcePlan:
    """The plan, once the build nodes have told which packages they have and could have. Changes nothing."""
    first = plan(facts, releases, build_node=choice.build_node, fetched=fetched)
    nodes = [kind.build_node for kind in first.kinds]
    wanted = {kind.build_node: kind.packages for kind in first.kinds}
    has = await together(
        [inventory.installed(shells[n], facts[n].os, (*wanted[n], *_libraries(facts[n]))) for n in nodes]
    )
    offers = await together([inventory.available(shells[n], facts[n].os, _libraries(facts[n])) for n in nodes])
    return plan(
        facts,
        releases,
        build_node=choice.build_node,
        installed=dict(zip(nodes, has, strict=True)),
        available=dict(zip(nodes, offers, strict=True)),
        fetched=fetched,
        use_distribution=choice.use_distribution,
    )


def _libraries(facts: NodeFacts) -> tuple[str, ...]:
    return (*all_needs()["libqb"].on(facts.os), *all_needs()["libknet"].on(facts.os))


def _say(made: SourcePlan, report: Report) -> None:
    for kind in made.kinds:
        built = ", ".join(release.label for release in kind.build)
        words = f"Builds {built} for {len(kind.nodes)} × {kind.kind.label}, as {kind.form}"
        served = ", ".join(f"{name} ({' '.join(packages)})" for name, packages in kind.served.items())
        report(Note(text=words + (f"; of the distribution: {served}" if served else "") + ".", node=kind.build_node))


async def _archives(releases: Sequence[Release], choice: Choice, report: Report) -> tuple[Fetched, ...]:
    if not releases:
        return ()
    report(StepChanged(step=ARCHIVES, state=State.RUNNING, detail=", ".join(r.archive for r in releases)))
    try:
        fetched = await fetch_all(releases, mirror=choice.mirror, cache=choice.cache, watch=_teller(report))
    except CorotuiError as error:
        report(StepChanged(step=ARCHIVES, state=State.FAILED, detail=error.what))
        raise
    size = sum(item.path.stat().st_size for item in fetched)
    report(StepChanged(step=ARCHIVES, state=State.DONE, detail=f"{len(fetched)} verified, {size / 1e6:.1f} MB"))
    return fetched


def _teller(report: Report, node: str | None = None) -> Watch:
    """Tells twice a second how far all archives have come together."""
    came: dict[str, Received] = {}
    told = 0.0

    def watch(received: Received) -> None:
        nonlocal told
        came[received.release.component] = received
        now = time.monotonic()
        if now - told > 0.5:
            told = now
            report(StepChanged(step=ARCHIVES, state=State.RUNNING, node=node, detail=_progress(came.values())))

    return watch


def _progress(came: Iterable[Received]) -> str:
    return ", ".join(
        f"{r.release.component} {r.done / 1e6:.1f}{f' of {r.total / 1e6:.1f}' if r.total else ''} MB, {r.seconds:.0f} s"
        for r in came
    )


async def _tools(kind: KindPlan, builder: Delivery) -> None:
    """Brings what the build needs onto the build node; what was there is written down first."""
    node, report = kind.build_node, builder.report
    if not kind.missing:
        report(StepChanged(step=TOOLS, state=State.SKIPPED, node=node, detail="all there"))
        return
    words = f"{len(kind.missing)} packages: {' '.join(kind.missing)}"
    report(StepChanged(step=TOOLS, state=State.RUNNING, node=node, detail=words, limit=LIMIT))
    await builder.note()
    try:
        await builder.transact(builder.manager.tools(kind.missing))
        await builder.record(complete=False)
    except CommandFailed as failed:
        report(StepChanged(step=TOOLS, state=State.FAILED, node=node, detail=failed.what))
        raise WorkFailed(
            f"What the build needs could not be installed: {builder.complaint(failed.output)}",
            node=node,
            changed="Nothing was built.",
            next_step=f"Install it there, then run this again: {' '.join(kind.missing)}."
            + (" On RHEL and its rebuilds some are in the repository crb." if kind.form == "rpm" else ""),
        ) from failed
    report(StepChanged(step=TOOLS, state=State.DONE, node=node, detail=f"{len(kind.missing)} packages"))


async def _build(
    kind: KindPlan,
    shells: Mapping[str, Shell],
    facts: Mapping[str, NodeFacts],
    fetched: Mapping[str, Fetched],
    directory: Directory,
    report: Report,
    choice: Choice,
) -> None:
    shell = shells[kind.build_node]
    builds = await account.choose(shell)
    logs = directory.make_state() / "source" / "logs"
    builder = Builder(shell, facts[kind.build_node].os, builds, logs, report)
    if choice.on_node:
        report(StepChanged(step=ARCHIVES, state=State.RUNNING, node=shell.node, detail="the build node fetches them"))
        watch = _teller(report, shell.node)
        came = await fetch_there(shell, builds, kind.build, mirror=choice.mirror, watch=watch)
        fetched = {item.release.component: item for item in came}
        report(StepChanged(step=ARCHIVES, state=State.DONE, node=shell.node, detail=f"{len(came)} verified"))
    ordered = [(release, fetched[release.component].contents) for release in kind.build]
    await builder.build(jobs(ordered, kind.kind, kind.form, builds.folder), fetched, store_of(directory))


async def _into(fetched: dict[str, Fetched], task: asyncio.Future[tuple[Fetched, ...]]) -> None:
    fetched.update((item.release.component, item) for item in await task)


async def _drop(task: asyncio.Future[tuple[Fetched, ...]]) -> None:
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.exception()  # its failure is told already, or does not matter beside the one that ends us
