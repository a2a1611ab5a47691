"""One rollout under way, and how a step runs on all nodes at once: journaled, reported, errors kept per node."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from corotui.cluster.events import Note, Report, State, StepChanged
from corotui.errors import CorotuiError, NodeUnreachable, WorkFailed
from corotui.rollout.failures import Failures
from corotui.rollout.journal import Journal
from corotui.rollout.model import ABSENT, CONF_PATH, ConfAction, KeyAction, NodePlan, Plan, Start
from corotui.rollout.stop import Stop
from corotui.ssh.shell import Shell

STAGE, TEST, COMMIT, START, RING = STEPS = ("stage", "test", "commit", "start", "ring")

Deed = Callable[[NodePlan, Shell], Awaitable[str]]


@dataclass(slots=True)
class Work:
    """`run` is the journal's id. `key_after` is the sha256 that the key file has after the commit, once it is known.
    `generation`: number under which the configuration is kept; `new_generation`: it began with this run."""

    plan: Plan
    shells: Mapping[str, Shell | CorotuiError]
    journal: Journal
    run: int
    report: Report
    stop: Stop
    generation: int = 0
    new_generation: bool = False
    key_after: str = ABSENT

    def shell(self, name: str) -> Shell:
        """The connection to a node; raises its error where there is none."""
        shell = self.shells.get(name)
        if shell is None:
            raise NodeUnreachable("There is no connection.", node=name, stage="connect")
        if isinstance(shell, CorotuiError):
            raise shell
        return shell

    @property
    def written(self) -> tuple[NodePlan, ...]:
        """Nodes on which a file changes."""
        return tuple(node for node in self.plan.nodes if targets(node, self.plan.key_path))

    @property
    def staged(self) -> tuple[NodePlan, ...]:
        """Nodes on which staging leaves something: files, or directories that the daemon needs."""
        return tuple(
            node
            for node in self.plan.nodes
            if targets(node, self.plan.key_path) or (node.directories and node.start is not Start.NONE)
        )

    def note(self, text: str, node: str | None = None) -> None:
        self.report(Note(text=text, node=node))

    def step(
        self,
        step: str,
        state: State,
        nodes: Sequence[str] = (),
        detail: str = "",
        limit: float | None = None,
        *,
        journaled: bool = True,
    ) -> None:
        """Says and keeps that a step changed its state: on nodes, or (none given) as a whole."""
        if journaled:
            self.journal.write(self.run, step, state, nodes or ("",), detail)
        for name in nodes or (None,):
            self.report(StepChanged(step=step, state=state, node=name, detail=detail, limit=limit))

    async def everywhere(
        self,
        step: str,
        nodes: Sequence[NodePlan],
        deed: Deed,
        *,
        limit: float | None = None,
        idle: Sequence[str] | None = None,
    ) -> Failures:
        """Does a deed on these nodes at once; the plan's other nodes (or `idle`) have nothing to do in this step.

        The deed's return value is shown as detail. Returns the errors of nodes that failed; raises none.
        """
        names = [node.name for node in nodes]
        if idle is None:
            idle = [node.name for node in self.plan.nodes if node.name not in names]
        if idle:
            self.step(step, State.SKIPPED, idle)
        if names:
            self.step(step, State.RUNNING, names, limit=limit)
        failures = Failures()

        async def one(node: NodePlan) -> None:
            try:
                detail = await deed(node, self.shell(node.name))
            except CorotuiError as error:
                failures.add(node.name, error)
                self.step(step, State.FAILED, [node.name], error.what)
            else:
                self.step(step, State.DONE, [node.name], detail)

        async with asyncio.TaskGroup() as group:
            for node in nodes:
                group.create_task(one(node))
        self.step(step, State.FAILED if failures else State.DONE)
        return failures

    async def quietly(self, nodes: Sequence[NodePlan], deed: Deed) -> Failures:
        """Does a deed on these nodes at once without telling of it; returns the errors."""
        failures = Failures()

        async def one(node: NodePlan) -> None:
            try:
                await deed(node, self.shell(node.name))
            except CorotuiError as error:
                failures.add(node.name, error)

        async with asyncio.TaskGroup() as group:
            for node in nodes:
                group.create_task(one(node))
        return failures


def targets(node: NodePlan, key_path: str) -> tuple[str, ...]:
    """Paths of the files that change on a node, the key first: a configuration never waits for its key."""
    out: list[str] = []
    if node.key in (KeyAction.CREATE, KeyAction.COPY):
        out.append(key_path)
    if node.conf is ConfAction.WRITE:
        out.append(CONF_PATH)
    return tuple(out)


def wrong_sum(node: str, path: str) -> WorkFailed:
    """What was written on a node is not what is there."""
    return WorkFailed(f"{path} is not what was written there", node=node, changed="")
