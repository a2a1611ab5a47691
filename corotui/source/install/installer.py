"""Installs from source on all nodes, and removes what was installed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from corotui.cluster.events import EventSink
from corotui.cluster.model import Cluster
from corotui.cluster.service_manager import ServiceManager
from corotui.directory import Directory
from corotui.errors import CorotuiError, RefusedError, WorkError
from corotui.facts.model import NodeFacts
from corotui.source.compile import build_user
from corotui.source.compile.pipeline import ARCHIVES, TOOLS, build_all
from corotui.source.install.node_installation import (
    DRY_RUN,
    INSTALL,
    SEND,
    VERIFY,
    NodeInstallation,
    baseline_store_of,
    on_all_nodes,
    package_store_of,
)
from corotui.source.install.package_store import PackageStore
from corotui.source.releases.manifest import Release
from corotui.source.releases.options import BuildOptions, options_from_cluster
from corotui.ssh.fanout import Shells, gather_or_raise
from corotui.ssh.shell import Shell


def step_names(releases: Sequence[Release]) -> tuple[str, ...]:
    """The steps that are reported, in order: one for each component, between the archives and the nodes."""
    components = (release.component for release in releases)
    return (ARCHIVES, TOOLS, *components, SEND, DRY_RUN, INSTALL, VERIFY)


async def install(
    cluster: Cluster,
    shells: Shells,
    facts: Mapping[str, NodeFacts],
    directory: Directory,
    report: EventSink,
    *,
    options: BuildOptions | None = None,
) -> None:
    """Builds what `options` or cluster.toml names and installs it on all nodes. Nodes that have it already are not
    touched.

    Raises RefusedError if a node runs corosync. Other errors of the tree say what failed and what is installed where.
    Cancelling restores the nodes that were changed; finished builds are kept for the next time.
    """
    connected = _connected(shells, facts)
    refuse_running(facts)
    built = await build_all(connected, facts, directory, report, options or options_from_cluster(cluster))
    version = next(release.version for release in built.releases if release.component == "corosync")
    installations = [
        NodeInstallation(
            connected[name],
            facts[name],
            kind.package_format,
            built.packages[kind.build_node],
            version,
            baseline_store_of(directory),
            report,
        )
        for kind in built.plan.platforms
        for name in kind.nodes
    ]
    todo: list[NodeInstallation] = []
    try:
        is_needed = await gather_or_raise([installation.is_needed() for installation in installations])
        todo += [installation for installation, needed in zip(installations, is_needed, strict=True) if needed]
        await _install_on_nodes(todo, package_store_of(directory))
        _raise_failures(await on_all_nodes(installations, NodeInstallation.verify), installations)
    except asyncio.CancelledError:
        await on_all_nodes(
            [installation for installation in installations if installation.is_incomplete], NodeInstallation.roll_back
        )
        raise
    finally:
        await on_all_nodes(todo, NodeInstallation.clean_up)


async def remove(
    shells: Mapping[str, Shell], facts: Mapping[str, NodeFacts], directory: Directory, report: EventSink
) -> tuple[str, ...]:
    """Removes from these nodes what `install` and its build tools added, and restores what was there before.

    Returns the names of the nodes that were changed. Raises RefusedError if corosync runs.
    """
    ledger = baseline_store_of(directory)
    installations = []
    for name, shell in shells.items():
        before = ledger.load(name)
        if before is not None:
            installations.append(NodeInstallation(shell, facts[name], before.form, (), "", ledger, report, before))
    refuse_running({installation.node: facts[installation.node] for installation in installations})
    _raise_failures(await on_all_nodes(installations, NodeInstallation.roll_back), installations)
    await gather_or_raise([build_user.remove_build_user(installation.shell) for installation in installations])
    await on_all_nodes(installations, NodeInstallation.clean_up)
    return tuple(installation.node for installation in installations)


def _connected(shells: Shells, facts: Mapping[str, NodeFacts]) -> dict[str, Shell]:
    """Returns the shell of every node in `facts`. Raises the error of the first one without a connection."""
    chosen = shells.for_nodes(facts)
    chosen.raise_first()
    return chosen.ok


def refuse_running(facts: Mapping[str, NodeFacts]) -> None:
    """Raises RefusedError if corosync runs somewhere, since its files are never changed while it runs."""
    running = [name for name, node in facts.items() if node.corosync.running]
    if running:
        manager = facts[running[0]].service_manager or ServiceManager.SYSTEMD
        raise RefusedError(
            f"corosync runs on {', '.join(running)}, and its files are not changed under it.",
            next_step=f"Stop it there first: {manager.command('stop')}, on {', '.join(running)}.",
        )


async def _install_on_nodes(installations: Sequence[NodeInstallation], store: PackageStore) -> None:
    """Does each step on all nodes before the next, so that nothing is installed anywhere that would fail somewhere."""
    _raise_failures(await on_all_nodes(installations, lambda installation: installation.send(store)), installations)
    _raise_failures(await on_all_nodes(installations, NodeInstallation.dry_run), installations)
    _raise_failures(await on_all_nodes(installations, NodeInstallation.save_baseline), installations)
    _raise_failures(await on_all_nodes(installations, NodeInstallation.install), installations)


def _raise_failures(failed: Mapping[str, CorotuiError], installations: Sequence[NodeInstallation]) -> None:
    """Raises one error for all nodes that failed. It says what the other nodes have."""
    if not failed:
        return
    first = next(iter(failed.values()))
    others = [
        installation.node
        for installation in installations
        if installation.node not in failed and installation.installed
    ]
    kept = f"{', '.join(others)}: installed, nothing is started." if others else ""
    if len(failed) == 1:
        if others:
            first.changed = f"{first.changed} {kept}".strip()
        raise first
    raise WorkError(
        " ".join(f"{name}: {error.what}" for name, error in failed.items()),
        changed=" ".join(dict.fromkeys([*(error.changed for error in failed.values()), kept])).strip(),
        next_step="Fix it there, then run this again; finished work is not repeated.",
    ) from first
