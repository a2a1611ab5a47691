"""One rollout under way, and how a step runs on all nodes at once: journaled, reported, errors kept per node."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from corotui.cluster.events import EventSink, Note, ProgressState, StepChanged
from corotui.conf.constants import CONF_PATH
from corotui.errors import CorotuiError, WorkError
from corotui.rollout.history.journal import Journal
from corotui.rollout.model import ABSENT, ConfAction, KeyAction, NodePlan, Plan, ServiceAction
from corotui.ssh.cancellation import StopRequest
from corotui.ssh.fanout import NodeResults, Shells, on_each
from corotui.ssh.shell import Shell

STAGE, TEST, COMMIT, START, RING = STEPS = ("stage", "test", "commit", "start", "ring")

NodeOperation = Callable[[NodePlan, Shell], Awaitable[str]]


@dataclass(slots=True)
class RolloutRun:
    """`run` is the journal's id. `key_after` is the sha256 that the key file has after the commit, once it is known.
    `generation`: number under which the configuration is kept; `new_generation`: it began with this run."""

    plan: Plan
    shells: Shells
    journal: Journal
    run_id: int
    report: EventSink
    stop: StopRequest
    generation: int = 0
    new_generation: bool = False
    key_sha256_after: str = ABSENT

    def shell(self, name: str) -> Shell:
        """Returns the connection to a node; raises its error if there is none."""
        return self.shells.shell(name)

    @property
    def changed_nodes(self) -> tuple[NodePlan, ...]:
        """Nodes on which a file changes."""
        return tuple(node for node in self.plan.nodes if changed_paths(node, self.plan.key_path))

    @property
    def nodes_to_stage(self) -> tuple[NodePlan, ...]:
        """Nodes on which staging leaves something: files, or directories that the daemon needs."""
        return tuple(
            node
            for node in self.plan.nodes
            if changed_paths(node, self.plan.key_path)
            or (node.missing_directories and node.service_action is not ServiceAction.NONE)
        )

    def note(self, text: str, node: str | None = None) -> None:
        self.report(Note(text=text, node=node))

    def report_step(
        self,
        step: str,
        state: ProgressState,
        nodes: Sequence[str] = (),
        detail: str = "",
        limit: float | None = None,
        *,
        journaled: bool = True,
    ) -> None:
        """Says and keeps that a step changed its state: on nodes, or (none given) as a whole."""
        if journaled:
            self.journal.add_entries(self.run_id, step, state, nodes or ("",), detail)
        for name in nodes or (None,):
            self.report(StepChanged(step=step, state=state, node=name, detail=detail, limit=limit))

    async def run_on_nodes(
        self,
        step: str,
        nodes: Sequence[NodePlan],
        operation: NodeOperation,
        *,
        limit: float | None = None,
        skipped: Sequence[str] | None = None,
    ) -> NodeResults[str]:
        """Runs an operation on these nodes at once, reports and journals its progress on each.

        The operation returns a detail that is shown, or "". The nodes of `skipped` (None: all others of the plan) have
        nothing to do in this step. `limit`: how long it may take, seconds; shown only.
        """
        names = [node.name for node in nodes]
        if skipped is None:
            skipped = [node.name for node in self.plan.nodes if node.name not in names]
        if skipped:
            self.report_step(step, ProgressState.SKIPPED, skipped)
        if names:
            self.report_step(step, ProgressState.RUNNING, names, limit=limit)
        by_name = {node.name: node for node in nodes}

        async def reported(name: str) -> str:
            try:
                detail = await operation(by_name[name], self.shell(name))
            except CorotuiError as error:
                self.report_step(step, ProgressState.FAILED, [name], error.what)
                raise
            self.report_step(step, ProgressState.DONE, [name], detail)
            return detail

        results = await on_each(by_name, reported)
        self.report_step(step, ProgressState.FAILED if results.failed else ProgressState.DONE)
        return results

    async def run_on_nodes_quietly(self, nodes: Sequence[NodePlan], operation: NodeOperation) -> NodeResults[str]:
        """Runs an operation on these nodes at once, without a report."""
        by_name = {node.name: node for node in nodes}
        return await on_each(by_name, lambda name: operation(by_name[name], self.shell(name)))


def changed_paths(node: NodePlan, key_path: str) -> tuple[str, ...]:
    """Paths of the files that change on a node, the key first: a configuration never waits for its key."""
    out: list[str] = []
    if node.key_action in (KeyAction.CREATE, KeyAction.COPY):
        out.append(key_path)
    if node.conf_action is ConfAction.WRITE:
        out.append(CONF_PATH)
    return tuple(out)


def checksum_error(node: str, path: str) -> WorkError:
    """What was written on a node is not what is there."""
    return WorkError(f"{path} is not what was written there", node=node, changed="")
