"""Runs the remedies of findings, and installs corosync on the nodes without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from corotui.cluster.finding import Finding, Remedy
from corotui.cluster.model import InstallMethod
from corotui.cluster.remedy_action import RollOut
from corotui.errors import CorotuiError, RefusedError, WorkError
from corotui.remedies import runner
from corotui.workflow.findings import corosync_missing
from corotui.workflow.operations import build, rollout
from corotui.workflow.operations.context import OperationContext
from corotui.workflow.operations.discover import refresh_facts
from corotui.workflow.state import ProgressKind

_UNREACHABLE = 3  # exit code of an error that means: the node cannot be asked for facts now


async def fix(context: OperationContext, findings: Sequence[Finding]) -> None:
    """Runs the first automatic remedy of each finding on all nodes at once, then gathers facts again.

    A rollout comes last, and once, if it is the remedy of any finding.
    """
    async with context.activity.busy("fixing"):
        remedies = runnable_remedies(findings)
        first = [remedy for remedy in remedies if remedy.action != RollOut()]
        if first:
            async with context.locked("fix", _nodes_of(context, first)):
                await _run_remedies(context, first, ProgressKind.FIX, "Fixing")
        if any(remedy.action == RollOut() for remedy in remedies):
            await rollout.apply(context, frozenset())


def runnable_remedies(findings: Sequence[Finding]) -> list[Remedy]:
    """Returns the first automatic remedy of each finding that has one, without repeats."""
    remedies: dict[Remedy, None] = {}
    for finding in findings:
        for remedy in finding.remedies:
            if remedy.is_automatic:
                remedies[replace(remedy, node=remedy.node or finding.node)] = None
                break
    return list(remedies)


def _nodes_of(context: OperationContext, remedies: Sequence[Remedy]) -> tuple[str, ...]:
    """Returns the nodes on which remedies run; one without a node runs on the first."""
    return tuple(dict.fromkeys(remedy.node or context.node_names[0] for remedy in remedies))


async def _run_remedies(context: OperationContext, remedies: Sequence[Remedy], kind: ProgressKind, title: str) -> None:
    if not remedies:
        return
    with context.progress(kind, title, (runner.STEP,)):
        results = await runner.run_remedies(
            remedies,
            await context.shells.open(),
            context.store.report,
            stop=context.activity.stop_request,
            conf=context.state.conf,
        )
        errors = [(result.node, result.error) for result in results if result.error is not None]
        if not any(isinstance(error, CorotuiError) and error.exit_code == _UNREACHABLE for _, error in errors):
            await refresh_facts(context)
        for node, error in errors:
            context.store.node_errors.setdefault(node, error)
        if errors:
            raise WorkError(" ".join(str(error) for _, error in errors), changed="")


async def install(context: OperationContext) -> None:
    """Installs corosync on the nodes without it, by the method of cluster.toml.

    Raises RefusedError where cluster.toml says that it is present.
    """
    async with context.activity.busy("installing corosync"):
        state = context.state
        missing = state.nodes_without_corosync
        if not missing:
            return
        method = state.cluster.install.method
        if method is InstallMethod.PRESENT:
            raise RefusedError(
                f"corosync is not on {', '.join(missing)}, and cluster.toml says it is present.",
                next_step='Install it there, or say method = "package".',
            )
        async with context.locked("install", missing):
            if method is InstallMethod.SOURCE:
                await build.install_missing(context)
                await refresh_facts(context)
            else:
                remedies = runnable_remedies(corosync_missing(state))
                await _run_remedies(context, remedies, ProgressKind.INSTALL, "Installing")
        remaining = context.state.nodes_without_corosync
        if remaining:
            raise WorkError(
                f"corosync is still not on {', '.join(remaining)}.",
                changed="",
                next_step="The log shows what the nodes printed.",
            )
