"""From archives to packages, for every platform among the nodes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from corotui.cluster.events import EventSink, Note, ProgressState, StepChanged
from corotui.directory import Directory
from corotui.errors import CommandError, CorotuiError, WorkError
from corotui.facts.model import NodeFacts
from corotui.prerequisites.build_packages import all_dependencies
from corotui.source.archives.download import DownloadProgress, OnProgress, VerifiedArchive, fetch_all
from corotui.source.archives.remote_download import fetch_on_node
from corotui.source.compile import build_user, distro_versions
from corotui.source.compile.builder import ALREADY_BUILT, Builder
from corotui.source.compile.job import job_keys, make_jobs
from corotui.source.compile.plan import BuildInputs, BuildPlan, PlatformPlan, plan_from_facts
from corotui.source.install.node_installation import (
    TRANSACTION_TIMEOUT,
    NodeInstallation,
    baseline_store_of,
    on_all_nodes,
    package_store_of,
)
from corotui.source.install.package_manager_output import error_summary
from corotui.source.install.package_store import Package
from corotui.source.releases.manifest import Release, read_manifest, select_releases
from corotui.source.releases.options import BuildOptions
from corotui.ssh.fanout import gather_or_raise
from corotui.ssh.shell import Shell

ARCHIVES, TOOLS = "archives", "tools"


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build made."""

    plan: BuildPlan
    """The plan that was carried out."""
    releases: tuple[Release, ...]
    """The releases that were built."""
    packages: Mapping[str, tuple[Package, ...]]
    """The packages by build node."""


async def build_all(
    shells: Mapping[str, Shell],
    facts: Mapping[str, NodeFacts],
    directory: Directory,
    report: EventSink,
    choice: BuildOptions,
) -> BuildResult:
    """Fetches archives, prepares the build nodes and builds. Archives are fetched while the build tools are installed.

    Cancelling removes the build tools again; finished builds stay in the build folder for the next time.
    """
    releases = select_releases(read_manifest(), choice.version, choice.own_releases, extra=choice.extra_components)
    plan_from_facts(facts, releases, BuildInputs(build_node=choice.build_node))  # refuses before anything is fetched
    archives = asyncio.ensure_future(_archives(() if choice.fetch_on_node else releases, choice, report))
    builders: list[NodeInstallation] = []
    try:
        # An archive that only the operator knows may come without ./configure, and then needs more tools.
        own = not choice.fetch_on_node and not all(release.evidence for release in releases)
        fetched_now = {item.release.component: item for item in await archives} if own else {}
        plan = await make_build_plan(shells, facts, releases, choice, fetched_now)
        _say(plan, report)
        todo = [kind for kind in plan.platforms if not _stored(kind, directory)]
        for kind in todo:
            shell, node = shells[kind.build_node], facts[kind.build_node]
            builders.append(
                NodeInstallation(shell, node, kind.package_format, (), "", baseline_store_of(directory), report)
            )
        fetched: dict[str, VerifiedArchive] = {}
        if todo:
            tools = [_install_tools(kind, builder) for kind, builder in zip(todo, builders, strict=True)]
            await gather_or_raise([*tools, _into(fetched, archives)])
        run = _BuildRun(facts, directory, report, choice, fetched)
        await gather_or_raise([run.build(kind, shells[kind.build_node]) for kind in todo])
    except asyncio.CancelledError:
        for builder in builders:
            if builder.is_incomplete:
                await builder.roll_back()
        raise
    finally:
        await _cancel_and_wait(archives)
        await on_all_nodes(builders, NodeInstallation.clean_up)
    packages = {kind.build_node: _stored(kind, directory) for kind in plan.platforms}
    if not todo:
        report(StepChanged(step=ARCHIVES, state=ProgressState.SKIPPED, detail=ALREADY_BUILT))
    for kind in plan.platforms:
        if kind not in todo:
            for step in (TOOLS, *(release.component for release in kind.releases)):
                report(StepChanged(step=step, state=ProgressState.SKIPPED, node=kind.build_node, detail=ALREADY_BUILT))
    return BuildResult(plan, releases, packages)


def _stored(kind: PlatformPlan, directory: Directory) -> tuple[Package, ...]:
    """The packages of a platform, or () unless all of them are kept from an earlier build."""
    store = package_store_of(directory)
    stored = [store.load(key) for key in job_keys(kind.releases, kind.platform, kind.package_format)]
    return tuple(package for packages in stored for package in packages) if all(stored) else ()


async def make_build_plan(
    shells: Mapping[str, Shell],
    facts: Mapping[str, NodeFacts],
    releases: Sequence[Release],
    choice: BuildOptions,
    fetched: Mapping[str, VerifiedArchive],
) -> BuildPlan:
    """The plan, from the packages that the build nodes have and can install. Changes nothing."""
    first = plan_from_facts(facts, releases, BuildInputs(build_node=choice.build_node, fetched=fetched))
    nodes = [kind.build_node for kind in first.platforms]
    dependencies = {kind.build_node: kind.build_dependencies for kind in first.platforms}
    has = await gather_or_raise(
        [
            distro_versions.installed_versions(shells[n], facts[n].os, (*dependencies[n], *_libraries(facts[n])))
            for n in nodes
        ]
    )
    offers = await gather_or_raise(
        [distro_versions.available_versions(shells[n], facts[n].os, _libraries(facts[n])) for n in nodes]
    )
    inputs = BuildInputs(
        build_node=choice.build_node,
        installed=dict(zip(nodes, has, strict=True)),
        available=dict(zip(nodes, offers, strict=True)),
        fetched=fetched,
        use_distribution=choice.use_distribution,
    )
    return plan_from_facts(facts, releases, inputs)


def _libraries(facts: NodeFacts) -> tuple[str, ...]:
    return (*all_dependencies()["libqb"].packages_for(facts.os), *all_dependencies()["libknet"].packages_for(facts.os))


def _say(plan: BuildPlan, report: EventSink) -> None:
    for kind in plan.platforms:
        built = ", ".join(release.label for release in kind.releases)
        words = f"Builds {built} for {len(kind.nodes)} × {kind.platform.label}, as {kind.package_format}"
        words += f", by the account {build_user.USER}"
        served = ", ".join(f"{name} ({' '.join(packages)})" for name, packages in kind.from_distribution.items())
        report(Note(text=words + (f"; of the distribution: {served}" if served else "") + ".", node=kind.build_node))


async def _archives(
    releases: Sequence[Release], choice: BuildOptions, report: EventSink
) -> tuple[VerifiedArchive, ...]:
    if not releases:
        return ()
    report(StepChanged(step=ARCHIVES, state=ProgressState.RUNNING, detail=", ".join(r.archive for r in releases)))
    try:
        fetched = await fetch_all(releases, mirror=choice.mirror, cache=choice.cache, on_progress=_teller(report))
    except CorotuiError as error:
        report(StepChanged(step=ARCHIVES, state=ProgressState.FAILED, detail=error.what))
        raise
    size = sum(item.path.stat().st_size for item in fetched)
    report(StepChanged(step=ARCHIVES, state=ProgressState.DONE, detail=f"{len(fetched)} verified, {size / 1e6:.1f} MB"))
    return fetched


def _teller(report: EventSink, node: str | None = None) -> OnProgress:
    """Tells twice a second how far all archives have come together."""
    progress_by_component: dict[str, DownloadProgress] = {}
    reported_at = 0.0

    def watch(received: DownloadProgress) -> None:
        nonlocal reported_at
        progress_by_component[received.release.component] = received
        now = time.monotonic()
        if now - reported_at > 0.5:
            reported_at = now
            report(
                StepChanged(
                    step=ARCHIVES,
                    state=ProgressState.RUNNING,
                    node=node,
                    detail=_progress(progress_by_component.values()),
                )
            )

    return watch


def _progress(progress_by_component: Iterable[DownloadProgress]) -> str:
    return ", ".join(
        f"{r.release.component} {r.received / 1e6:.1f}{f' of {r.total / 1e6:.1f}' if r.total else ''} MB, "
        f"{r.seconds:.0f} s"
        for r in progress_by_component
    )


async def _install_tools(kind: PlatformPlan, builder: NodeInstallation) -> None:
    """Installs the packages that a build needs on its node. The installed packages are recorded before."""
    node, report = kind.build_node, builder.report
    if not kind.missing_dependencies:
        report(StepChanged(step=TOOLS, state=ProgressState.SKIPPED, node=node, detail="all there"))
        return
    words = f"{len(kind.missing_dependencies)} packages: {' '.join(kind.missing_dependencies)}"
    report(StepChanged(step=TOOLS, state=ProgressState.RUNNING, node=node, detail=words, limit=TRANSACTION_TIMEOUT))
    await builder.save_baseline()
    try:
        await builder.run_transaction(builder.manager.install_tools(kind.missing_dependencies))
        await builder.save_result(complete=False)
    except CommandError as failed:
        report(StepChanged(step=TOOLS, state=ProgressState.FAILED, node=node, detail=failed.what))
        raise WorkError(
            f"What the build needs could not be installed: {error_summary(failed.output)}",
            node=node,
            changed="Nothing was built.",
            next_step=f"Install it there, then run this again: {' '.join(kind.missing_dependencies)}."
            + (" On RHEL and its rebuilds some are in the repository crb." if kind.package_format == "rpm" else ""),
        ) from failed
    report(
        StepChanged(
            step=TOOLS, state=ProgressState.DONE, node=node, detail=f"{len(kind.missing_dependencies)} packages"
        )
    )


@dataclass(frozen=True, slots=True)
class _BuildRun:
    """What the builds of all platforms share."""

    facts: Mapping[str, NodeFacts]
    """Facts by node."""
    directory: Directory
    """The cluster directory."""
    report: EventSink
    """Receives the events."""
    options: BuildOptions
    """The operator's choices."""
    fetched: Mapping[str, VerifiedArchive]
    """Archives on this machine, by component."""

    async def build(self, kind: PlatformPlan, shell: Shell) -> None:
        """Builds the packages of one platform on its build node."""
        fetched = self.fetched
        builds = await build_user.ensure_build_user(shell)
        logs = self.directory.make_state_dir() / "source" / "logs"
        builder = Builder(shell, self.facts[kind.build_node].os, builds, logs, self.report)
        if self.options.fetch_on_node:
            self.report(
                StepChanged(
                    step=ARCHIVES, state=ProgressState.RUNNING, node=shell.node, detail="the build node fetches them"
                )
            )
            watch = _teller(self.report, shell.node)
            archives = await fetch_on_node(shell, builds, kind.releases, mirror=self.options.mirror, on_progress=watch)
            fetched = {item.release.component: item for item in archives}
            self.report(
                StepChanged(
                    step=ARCHIVES,
                    state=ProgressState.DONE,
                    node=shell.node,
                    detail=f"{len(archives)} verified",
                )
            )
        ordered = [(release, fetched[release.component].contents) for release in kind.releases]
        await builder.build(
            make_jobs(ordered, kind.platform, kind.package_format, builds.build_folder),
            fetched,
            package_store_of(self.directory),
        )


async def _into(fetched: dict[str, VerifiedArchive], task: asyncio.Future[tuple[VerifiedArchive, ...]]) -> None:
    fetched.update((item.release.component, item) for item in await task)


async def _cancel_and_wait(task: asyncio.Future[tuple[VerifiedArchive, ...]]) -> None:
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.exception()  # its failure is reported already, or another one ends the work
