"""Corosync from release archives: plan, build, install, remove. The only place where the workflow uses `source`."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import TypeVar

from corotui import source
from corotui.errors import WorkError, raise_all
from corotui.facts.model import NodeFacts
from corotui.source import BuildOptions, BuildPlan, BuildResult
from corotui.ssh.cancellation import cancel_on_stop
from corotui.ssh.fanout import Shells
from corotui.workflow.operations.context import OperationContext
from corotui.workflow.operations.discover import refresh_facts
from corotui.workflow.state import ProgressKind

T = TypeVar("T")
_BUILT_IS_KEPT = "What was built so far is kept for the next time."


async def plan_build(context: OperationContext, options: BuildOptions) -> BuildPlan | None:
    """Returns what would be built on which node, None where that failed. Changes nothing."""
    plan: BuildPlan | None = None
    async with context.activity.busy("planning the build"):
        shells, facts = await _all_nodes(context)
        releases = source.select_releases(
            source.read_manifest(), options.version, options.own_releases, extra=options.extra_components
        )
        plan = await source.make_build_plan(shells.ok, facts, releases, options, {})
    return plan  # noqa: RET504 - `busy` may end the block early


async def build(context: OperationContext, options: BuildOptions) -> BuildResult | None:
    """Builds packages once for all nodes of a kind. Returns None where that failed."""
    result = None
    async with context.activity.busy("building corosync"):
        shells, facts = await _all_nodes(context)
        with context.directory.lock("build", context.store.report):
            work = source.build_all(shells.ok, facts, context.directory, context.store.report, options)
            result = await run_until_stop(context, "Building", work)
    return result


async def install_build(context: OperationContext, options: BuildOptions) -> None:
    """Builds what is not built yet and installs it on all nodes."""
    async with context.activity.busy("installing corosync"):
        shells, facts = await _all_nodes(context)
        async with context.locked("install"):
            work = source.install(
                context.state.cluster, shells, facts, context.directory, context.store.report, options=options
            )
            await run_until_stop(context, "Building and installing", work)
        await refresh_facts(context)


async def remove_build(context: OperationContext) -> tuple[str, ...]:
    """Removes on all nodes what an installation left there. Returns the names of the nodes that were changed."""
    removed: tuple[str, ...] = ()
    async with context.activity.busy("removing corosync"):
        shells, facts = await _all_nodes(context)
        async with context.locked("remove packages"):
            work = source.remove(shells.ok, facts, context.directory, context.store.report)
            removed = await run_until_stop(
                context, "Removing", work, stopped="The next `build --remove` removes the rest."
            )
        await refresh_facts(context)
    return removed


async def install_missing(context: OperationContext) -> None:
    """Builds and installs what cluster.toml says on the nodes where corosync does not run."""
    facts = {name: known for name, known in context.state.facts.items() if not known.corosync.running}
    shells = await context.shells.open()
    work = context.dependencies.install_from_source(
        context.state.cluster, shells, facts, context.directory, context.store.report
    )
    await run_until_stop(context, "Building and installing", work)


async def run_until_stop(
    context: OperationContext, title: str, work: Coroutine[object, object, T], *, stopped: str = _BUILT_IS_KEPT
) -> T:
    """Runs work that cleans up when it is cancelled, and shows its progress. A stop request cancels it.

    Raises WorkError where it was stopped; `stopped` is the sentence that says what this leaves behind.
    """
    error = WorkError(f"{title} was stopped.", changed=stopped)
    with context.progress(ProgressKind.INSTALL, title):
        return await cancel_on_stop(work, context.activity.stop_request, stopped=error)


async def _all_nodes(context: OperationContext) -> tuple[Shells, Mapping[str, NodeFacts]]:
    """Returns the shells and the facts of all nodes, gathered again if some are not live.

    Raises the error of a node that does not answer (several: an ExceptionGroup).
    """
    shells = await context.shells.open()
    if not context.store.unreached_nodes() and any(not node.live for node in context.state.nodes):
        await refresh_facts(context)
    raise_all(context.store.unreached_nodes().values())
    return shells, context.state.facts
