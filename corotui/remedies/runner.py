"""Running remedies: all nodes at once, on each node one command after another until one fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from corotui.cluster.events import EventSink, ProgressState, StepChanged, ignore_event
from corotui.cluster.finding import Remedy
from corotui.cluster.sanitize import clean_line
from corotui.errors import CommandError, CorotuiError, WorkError
from corotui.remedies import file_copy
from corotui.ssh.cancellation import StopRequest
from corotui.ssh.shell import Shell

STEP = "mend"
LIMIT = 1800.0  # seconds for one command: a package manager on a slow line
_LINES = 5

Apply = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class FixResult:
    """What came of a remedy. `error`: why it did not work, None when it did; `skipped`: an earlier one of its node
    failed, or the stop was asked before it began."""

    remedy: Remedy
    node: str
    error: CorotuiError | None = None
    skipped: bool = False

    @property
    def ok(self) -> bool:
        return self.error is None and not self.skipped


async def run_remedies(
    remedies: Sequence[Remedy],
    shells: Mapping[str, Shell | CorotuiError],
    report: EventSink = ignore_event,
    *,
    stop: StopRequest | None = None,
    conf: bytes | None = None,
    apply: Apply | None = None,
) -> tuple[FixResult, ...]:
    """Runs remedies, in their order on each node, nodes at once, each command once on a node; says line by line what
    they print. Remedies without a node run on the first node that answers. Raises nothing for a node.

    `conf` is the directory's corosync.conf, for the action "copy-conf:". `apply` carries out the action "apply";
    without it that action is left to the operator.
    """
    stop = stop or StopRequest()
    by_node: dict[str, list[Remedy]] = {}
    for remedy in remedies:
        node = remedy.node or next(iter(shells), "")
        by_node.setdefault(node, []).append(remedy)

    async def one(node: str, todo: list[Remedy]) -> list[FixResult]:
        return await _node(node, todo, shells, report, stop, conf, apply)

    done = await asyncio.gather(*(one(node, todo) for node, todo in by_node.items()))
    return tuple(mended for node in done for mended in node)


async def _node(
    node: str,
    todo: Sequence[Remedy],
    shells: Mapping[str, Shell | CorotuiError],
    report: EventSink,
    stop: StopRequest,
    conf: bytes | None,
    apply: Apply | None,
) -> list[FixResult]:
    shell = shells.get(node)
    if shell is None or isinstance(shell, CorotuiError):
        error = shell or WorkError("There is no connection to it.", node=node)
        report(StepChanged(step=STEP, state=ProgressState.FAILED, node=node, detail=error.what))
        return [FixResult(remedy, node, error) for remedy in todo]
    out: list[FixResult] = []
    ran: set[str] = set()
    for index, remedy in enumerate(todo):
        if stop.requested:
            return out + [FixResult(left, node, skipped=True) for left in todo[index:]]
        report(StepChanged(step=STEP, state=ProgressState.RUNNING, node=node, detail=remedy.title))
        try:
            await _remedy(remedy, shell, shells, ran, conf, apply)
        except CorotuiError as error:
            report(StepChanged(step=STEP, state=ProgressState.FAILED, node=node, detail=error.what))
            return [
                *out,
                FixResult(remedy, node, error),
                *(FixResult(left, node, skipped=True) for left in todo[index + 1 :]),
            ]
        out.append(FixResult(remedy, node))
    report(StepChanged(step=STEP, state=ProgressState.DONE, node=node))
    return out


async def _remedy(
    remedy: Remedy,
    shell: Shell,
    shells: Mapping[str, Shell | CorotuiError],
    ran: set[str],
    conf: bytes | None,
    apply: Apply | None,
) -> None:
    if remedy.action == "apply":
        if apply is None:
            raise WorkError("Only a rollout mends this.", node=shell.node, next_step="Run `corotui apply`.")
        await apply()
    elif remedy.action:
        await file_copy.run_copy_action(remedy.action, shell, shells, conf)
    for line in remedy.commands:
        if line not in ran:
            ran.add(line)
            await _command(shell, line, privileged=remedy.privileged)
    if remedy.verify:
        result = await shell.run(remedy.verify, privileged=remedy.privileged, timeout=60)
        if not result.ok:
            raise WorkError(
                f"{remedy.title}: the commands ran, and it is not mended (`{remedy.verify}` returned "
                f"{result.exit_code})",
                node=shell.node,
                changed="",
            )


async def _command(shell: Shell, line: str, *, privileged: bool) -> None:
    last: list[str] = []
    try:
        async with shell.stream(line, privileged=privileged, timeout=LIMIT) as lines:
            async for text in lines:
                if text.strip():
                    last = [*last, text][-_LINES:]
    except CommandError as error:
        if error.output.strip() or not last:
            raise
        raise CommandError(
            node=shell.node,
            command=line,
            returncode=error.returncode,
            output=clean_line(" | ".join(last), limit=400),
        ) from None
