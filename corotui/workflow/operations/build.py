"""Corosync from release archives: plan, build, install, remove. The only place where the workflow uses `source`."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

from corotui import source
from corotui.errors import CorotuiError, WorkError
from corotui.facts.model import NodeFacts
from corotui.source import BuildOptions, BuildPlan, BuildResult
from corotui.ssh.cancellation import cancel_on_stop
from corotui.ssh.fanout import NodeResults, Shells
from corotui.workflow import progress
from corotui.workflow.operations.discover import refresh_facts
from corotui.workflow.state import ProgressKind
from corotui.workflow.store import StateStore

T = TypeVar("T")
_BUILT_IS_KEPT = "What was built so far is kept for the next time."


async def plan_build(store: StateStore, options: BuildOptions) -> BuildPlan | None:
    """What would be built where. Changes nothing. None where it failed."""
    plan: BuildPlan | None = None
    async with store.busy("planning the build"):
        shells, facts = await _all_nodes(store)
        releases = source.select_releases(
            source.read_manifest(), options.version, options.own_releases, extra=options.extra_components
        )
        plan = await source.make_build_plan(shells.ok, facts, releases, options, {})
    return plan  # noqa: RET504 - `busy` may end the block early


async def build(store: StateStore, options: BuildOptions) -> BuildResult | None:
    """Builds packages, one build for all nodes of a kind. None where it failed."""
    result = None
    async with store.busy("building corosync"):
        shells, facts = await _all_nodes(store)
        with store.directory.lock():
            work = source.build_all(shells.ok, facts, store.directory, store.report, options)
            result = await run_until_stop(store, "Building", work)
    return result


async def install_build(store: StateStore, options: BuildOptions) -> None:
    """Builds what is not built yet and installs it on all nodes."""
    async with store.busy("installing corosync"):
        shells, facts = await _all_nodes(store)
        with store.directory.lock():
            work = source.install(store.state.cluster, shells, facts, store.directory, store.report, options=options)
            await run_until_stop(store, "Building and installing", work)
        await refresh_facts(store)


async def remove_build(store: StateStore) -> tuple[str, ...]:
    """Takes away on all nodes what an installation brought. Returns the names of the nodes that were changed."""
    removed: tuple[str, ...] = ()
    async with store.busy("removing corosync"):
        shells, facts = await _all_nodes(store)
        with store.directory.lock():
            work = source.remove(shells.ok, facts, store.directory, store.report)
            removed = await run_until_stop(
                store, "Removing", work, stopped="The next `build --remove` removes the rest."
            )
        await refresh_facts(store)
    return removed


async def install_missing(store: StateStore) -> None:
    """Builds and installs what cluster.toml says on the nodes where corosync does not run."""
    facts = {name: found for name, found in store.state.facts.items() if not found.corosync.running}
    shells = await store.open_shells()
    work = source.install(store.state.cluster, shells, facts, store.directory, store.report)
    await run_until_stop(store, "Building and installing", work)


async def run_until_stop(
    store: StateStore, title: str, work: Coroutine[Any, Any, T], *, stopped: str = _BUILT_IS_KEPT
) -> T:
    """Runs work that tidies up when it is cancelled; a stop request cancels it and waits for that.

    Its progress is in the state. Raises WorkError where it was stopped; `stopped` says what that leaves behind.
    """
    names = [node.name for node in store.state.cluster.nodes]
    store.update(progress=progress.begin(ProgressKind.INSTALL, title, (), names))
    error = ""
    try:
        return await cancel_on_stop(
            work, store.stop_request, stopped=WorkError(f"{title} was stopped.", changed=stopped)
        )
    except CorotuiError as failure:
        error = str(failure)
        raise
    finally:
        current = store.state.progress
        if current is not None:
            store.update(progress=progress.end(current, error))


async def _all_nodes(store: StateStore) -> tuple[Shells, Mapping[str, NodeFacts]]:
    """A connection to each node and its present facts. Raises the error of the nodes that do not answer."""
    shells = await store.open_shells()
    if not store.unreached_nodes() and any(not node.live for node in store.state.nodes):
        await refresh_facts(store)
    NodeResults[NodeFacts](store.unreached_nodes()).raise_any()
    return shells, store.state.facts
