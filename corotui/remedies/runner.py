"""Runs remedies: on all nodes at once, and on each node one command after another until one fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from corotui.cluster.events import EventSink, ProgressState, StepChanged, ignore_event
from corotui.cluster.finding import Remedy
from corotui.cluster.phrasing import excerpt
from corotui.cluster.remedy_action import CopyAuthkey, CopyConf, RollOut
from corotui.errors import CommandError, CorotuiError, WorkError
from corotui.remedies.file_copy import copy_authkey, copy_conf
from corotui.ssh.cancellation import StopRequest
from corotui.ssh.fanout import Shells, on_each
from corotui.ssh.shell import Shell

STEP = "fix"
"""Name of the step in progress events."""
LIMIT = 1800.0
"""Seconds for one command: a package manager on a slow line takes many minutes."""
_VERIFY_LIMIT = 60.0  # seconds
_LAST_LINES = 5


@dataclass(frozen=True, slots=True)
class FixResult:
    """What came of one remedy."""

    remedy: Remedy
    """The remedy."""
    node: str
    """Name of the node it ran on."""
    error: CorotuiError | None = None
    """Why it failed, None where it did not."""
    skipped: bool = False
    """Whether it never began: an earlier remedy of its node failed, or a stop was requested."""

    @property
    def ok(self) -> bool:
        """Whether it ran and did not fail."""
        return self.error is None and not self.skipped


async def run_remedies(
    remedies: Sequence[Remedy],
    shells: Shells,
    report: EventSink = ignore_event,
    *,
    stop: StopRequest | None = None,
    conf: bytes | None = None,
) -> tuple[FixResult, ...]:
    """Runs remedies on all nodes at once, in the given order on each; the same command runs once on a node.

    A remedy without a node runs on the first node in `shells`. `conf` is the cluster directory's corosync.conf, for
    CopyConf. A RollOut fails here: it changes all nodes together, so the caller runs it as a rollout. A failure is part
    of the result and never raised.
    """
    run = _FixRun(shells, report, stop or StopRequest(), conf)
    by_node: dict[str, list[Remedy]] = {}
    for remedy in remedies:
        node = remedy.node or next(iter(shells.by_node), "")
        by_node.setdefault(node, []).append(remedy)
    results = await on_each(by_node, lambda node: run.run_on_node(node, by_node[node]))
    return tuple(result for on_node in results.ok.values() for result in on_node)


@dataclass(frozen=True, slots=True)
class _FixRun:
    """What the remedies of one run share."""

    shells: Shells
    """Shells of all nodes."""
    report: EventSink
    """Receives the events."""
    stop: StopRequest
    """Asked before each remedy."""
    conf: bytes | None
    """The directory's corosync.conf; None if there is none."""

    async def run_on_node(self, node: str, remedies: Sequence[Remedy]) -> list[FixResult]:
        try:
            shell = self.shells.shell(node)
        except CorotuiError as error:
            self._report_state(node, ProgressState.FAILED, error.what)
            return [FixResult(remedy, node, error) for remedy in remedies]
        results: list[FixResult] = []
        commands_run: set[str] = set()
        for index, remedy in enumerate(remedies):
            if self.stop.requested:
                return results + [FixResult(left, node, skipped=True) for left in remedies[index:]]
            self._report_state(node, ProgressState.RUNNING, remedy.title)
            try:
                await self._run_remedy(remedy, shell, commands_run)
            except CorotuiError as error:
                self._report_state(node, ProgressState.FAILED, error.what)
                results.append(FixResult(remedy, node, error))
                return results + [FixResult(left, node, skipped=True) for left in remedies[index + 1 :]]
            results.append(FixResult(remedy, node))
        self._report_state(node, ProgressState.DONE)
        return results

    async def _run_remedy(self, remedy: Remedy, shell: Shell, commands_run: set[str]) -> None:
        match remedy.action:
            case CopyAuthkey(source):
                await copy_authkey(source, shell, self.shells)
            case CopyConf(source):
                await copy_conf(source, shell, self.shells, self.conf)
            case RollOut():
                raise WorkError("Only a rollout fixes this.", node=shell.node, next_step="Run `corotui apply`.")
            case None:
                pass
        for line in remedy.commands:
            if line not in commands_run:
                commands_run.add(line)
                await _run_command(shell, line, privileged=remedy.privileged)
        if remedy.verify:
            result = await shell.run(remedy.verify, privileged=remedy.privileged, timeout=_VERIFY_LIMIT)
            if not result.ok:
                raise WorkError(
                    f"{remedy.title}: the commands ran, and it is not fixed (`{remedy.verify}` returned "
                    f"{result.exit_code})",
                    node=shell.node,
                    changed="",
                )

    def _report_state(self, node: str, state: ProgressState, detail: str = "") -> None:
        self.report(StepChanged(step=STEP, state=state, node=node, detail=detail))


async def _run_command(shell: Shell, line: str, *, privileged: bool) -> None:
    last: list[str] = []
    try:
        async with shell.stream(line, privileged=privileged, timeout=LIMIT) as lines:
            async for text in lines:
                if text.strip():
                    last = [*last, text][-_LAST_LINES:]
    except CommandError as error:
        if error.output.strip() or not last:
            raise
        raise CommandError(
            node=shell.node,
            command=line,
            returncode=error.returncode,
            output=excerpt(" | ".join(last), 400),
        ) from None
