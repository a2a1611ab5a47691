"""A rollout in progress: runs each step on all nodes at once, journals and reports it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from corotui.cluster.events import EventSink, Note, ProgressState, StepChanged
from corotui.conf.constants import CONF_PATH
from corotui.errors import CorotuiError, WorkError
from corotui.rollout.history.journal import Journal
from corotui.rollout.model import ABSENT, ConfAction, KeyAction, NodePlan, Plan, ServiceAction
from corotui.ssh import file_scripts
from corotui.ssh.cancellation import StopRequest
from corotui.ssh.fanout import NodeResults, Shells, on_each
from corotui.ssh.lock.cluster_lock import ClusterLock
from corotui.ssh.shell import Shell

_LOG_MARGIN = 0.5
"""Seconds before the start of a daemon that its log is read from: the node hears of the start with a delay."""

STAGE, TEST, COMMIT, START, RING = STEPS = ("stage", "test", "commit", "start", "ring")
"""The steps of a rollout in their order, as journal and events name them."""

NodeOperation = Callable[[NodePlan, Shell], Awaitable[str]]
"""What a step does on one node; returns a detail to show, or ""."""


@dataclass(slots=True)
class RolloutRun:
    """A rollout in progress."""

    plan: Plan
    """The plan that is carried out."""
    shells: Shells
    """Shells of all nodes."""
    journal: Journal
    """The journal of the cluster directory."""
    run_id: int
    """Id of the run in the journal."""
    report: EventSink
    """Receives the events."""
    stop: StopRequest
    """Asked at every safe point."""
    generation: int = 0
    """The number under which the configuration is kept."""
    new_generation: bool = False
    """Whether that generation began with this run, so that it is removed when the run is undone."""
    key_sha256_after: str = ABSENT
    """sha256 that the key file has after the commit; ABSENT until it is known."""
    file_id: str = ""
    """What the names of its staged files carry, so that they are no other rollout's."""
    lock: ClusterLock = field(kw_only=True)
    """The locks of all nodes, which this run holds."""
    commit_began: bool = False
    """Whether a file may have been replaced already: then a lost lock is taken again, else the run ends unchanged."""
    start_began: dict[str, float] = field(default_factory=dict)
    """Node -> when its start, restart or reload began, seconds of time.monotonic()."""

    async def shell(self, name: str) -> Shell:
        """Returns the connection to a node whose lock is held; raises its error if there is none.

        A lock that was lost before the commit raises WorkError. After it, the lock is taken again: raises LockedError
        if another has it, WorkError if another changed the files meanwhile.
        """
        shell = self.shells.shell(name)
        if not self.commit_began:
            self.lock.raise_if_lost(name)
        elif await self.lock.ensure(name):
            self.note("The lock on the node was lost; it is taken again.", name)
            await self._raise_if_foreign(self.plan.node(name), shell)
        return shell

    async def _raise_if_foreign(self, node: NodePlan, shell: Shell) -> None:
        """Raises WorkError if a file of a node is neither that of before nor that of after the commit."""
        now = await read_sums(self.plan, shell)
        for path in watched_paths(node, self.plan.key_path):
            if now.get(path, ABSENT) not in (sha256_before(node, path), self.sha256_after(node, path)):
                raise WorkError(f"{path} was changed by somebody else; left as it is", node=node.name, changed="")

    def sha256_after(self, node: NodePlan, path: str) -> str:
        """Returns the sha256 that a file of a node has after the commit."""
        if path not in changed_paths(node, self.plan.key_path):
            return sha256_before(node, path)
        return self.plan.conf_sha256 if path == CONF_PATH else self.key_sha256_after

    def staged_path(self, path: str) -> str:
        """Returns the path of this run's staged file of a target."""
        return file_scripts.staged_path(path, self.file_id)

    @property
    def candidate_path(self) -> str:
        """The path of the configuration that this run has tested."""
        return file_scripts.candidate_path(CONF_PATH, self.file_id)

    @property
    def changed_nodes(self) -> tuple[NodePlan, ...]:
        """The nodes on which a file changes."""
        return tuple(node for node in self.plan.nodes if changed_paths(node, self.plan.key_path))

    @property
    def nodes_to_stage(self) -> tuple[NodePlan, ...]:
        """The nodes on which staging writes a file or creates a directory."""
        return tuple(
            node
            for node in self.plan.nodes
            if changed_paths(node, self.plan.key_path)
            or (node.missing_directories and node.service_action is not ServiceAction.NONE)
        )

    def seconds_since_start(self, name: str) -> float:
        """Returns how long ago the daemon of a node was told to start or reload, of the first node if it was not."""
        began = self.start_began.get(name, min(self.start_began.values(), default=time.monotonic()))
        return time.monotonic() - began + _LOG_MARGIN

    def note(self, text: str, node: str | None = None) -> None:
        """Reports a sentence for the log."""
        self.report(Note(text=text, node=node))

    def report_step(
        self,
        step: str,
        state: ProgressState,
        nodes: Sequence[str] = (),
        detail: str = "",
        limit: float | None = None,
    ) -> None:
        """Journals and reports that a step changed its state: on nodes, or as a whole if none are given."""
        self.lock.show_step(step)
        if step == START and state is ProgressState.RUNNING:
            self.start_began |= dict.fromkeys(nodes, time.monotonic())
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
                detail = await operation(by_name[name], await self.shell(name))
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

        async def on_node(name: str) -> str:
            return await operation(by_name[name], await self.shell(name))

        return await on_each(by_name, on_node)


def changed_paths(node: NodePlan, key_path: str) -> tuple[str, ...]:
    """Returns the paths of the files that change on a node, the key first: no configuration is without its key."""
    paths: list[str] = []
    if node.key_action in (KeyAction.CREATE, KeyAction.COPY):
        paths.append(key_path)
    if node.conf_action is ConfAction.WRITE:
        paths.append(CONF_PATH)
    return tuple(paths)


def watched_paths(node: NodePlan, key_path: str) -> tuple[str, ...]:
    """Returns the paths of a node's files that nobody else may change during the rollout."""
    return (CONF_PATH,) if node.key_action is KeyAction.NONE else (key_path, CONF_PATH)


def sha256_before(node: NodePlan, path: str) -> str:
    """Returns the sha256 that a file had when the plan was made, ABSENT for none."""
    return node.conf_sha256_before if path == CONF_PATH else node.key_sha256_before


async def read_sums(plan: Plan, shell: Shell) -> dict[str, str]:
    """Returns the sha256 of configuration and key of a node now, by path. Raises what `Shell.run` raises."""
    result = await file_scripts.SUMS.run(shell, "", CONF_PATH, plan.key_path)
    return file_scripts.parse_sums(result.expect().text)


def checksum_error(node: str, path: str) -> WorkError:
    """The error of a file that does not have the content that was written."""
    return WorkError(f"{path} is not what was written there", node=node, changed="")
