"""Running the remedies of findings, and bringing corosync onto the nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from corotui.cluster.finding import Finding, Remedy
from corotui.cluster.model import InstallMethod
from corotui.cluster.remedy_action import RollOut
from corotui.errors import CorotuiError, RefusedError, WorkError
from corotui.remedies import runner
from corotui.workflow import progress
from corotui.workflow.findings import COROSYNC_MISSING
from corotui.workflow.operations import build, rollout
from corotui.workflow.operations.context import OperationContext
from corotui.workflow.operations.discover import refresh_facts
from corotui.workflow.state import ProgressKind, Step


async def fix(context: OperationContext, findings: Sequence[Finding]) -> None:
    """The first remedy with commands (or an action) of each finding, all nodes at once; then looks again. A remedy that
    is a rollout comes last, once."""
    async with context.activity.busy("mending"):
        remedies = runnable_remedies(findings)
        with context.directory.lock():
            await _run_remedies(
                context, [remedy for remedy in remedies if remedy.action != RollOut()], ProgressKind.FIX, "Mending"
            )
        if any(remedy.action == RollOut() for remedy in remedies):
            await rollout.apply(context, frozenset())


def runnable_remedies(findings: Sequence[Finding]) -> list[Remedy]:
    """One remedy of each finding that has one which corotui can carry out; each once."""
    out: dict[Remedy, None] = {}
    for finding in findings:
        for remedy in finding.remedies:
            if remedy.is_automatic:
                out[replace(remedy, node=remedy.node or finding.node)] = None
                break
    return list(out)


async def _run_remedies(context: OperationContext, remedies: Sequence[Remedy], kind: ProgressKind, title: str) -> None:
    if not remedies:
        return
    names = context.node_names
    context.store.update(progress=progress.begin(kind, title, (runner.STEP,), names))
    error = ""
    try:
        results = await runner.run_remedies(
            remedies,
            await context.shells.open(),
            context.store.report,
            stop=context.activity.stop_request,
            conf=context.state.conf,
        )
        failed = [each for each in results if each.error is not None]
        error = " ".join(str(each.error) for each in failed)
        if not any(isinstance(each.error, CorotuiError) and each.error.exit_code == 3 for each in failed):
            await refresh_facts(context)
        for each in failed:
            assert each.error is not None
            context.store.node_errors.setdefault(each.node, each.error)
        if error:
            raise WorkError(error, changed="")
    finally:
        current = context.state.progress
        if current is not None:
            context.store.update(progress=progress.end(current, error))


async def install(context: OperationContext) -> None:
    """corosync onto the nodes without it: by its package's commands, by a build, or not at all when it is there."""
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
        with context.directory.lock():
            if method is InstallMethod.SOURCE:
                await build.install_missing(context)
                await refresh_facts(context)
            else:
                missing_findings = [
                    one for one in state.findings_by_step.get(Step.INSTALL, ()) if one.code == COROSYNC_MISSING
                ]
                await _run_remedies(context, runnable_remedies(missing_findings), ProgressKind.INSTALL, "Installing")
        still = context.state.nodes_without_corosync
        if still:
            raise WorkError(
                f"corosync is still not on {', '.join(still)}.", changed="", next_step="The log holds what was said."
            )
