"""The way of a cluster from bare machines to a ring, without a terminal. Console and command line drive it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

from corotui.cluster.events import EventSink, ignore_event
from corotui.cluster.finding import Finding
from corotui.cluster.model import Install, Node
from corotui.directory import Directory
from corotui.errors import CorotuiError
from corotui.facts.model import IpNetwork
from corotui.ring.model import Ring, RingEvent
from corotui.rollout import Consent, ForgetPreview, KeyChoice, Outcome
from corotui.source import BuildOptions, BuildPlan, BuildResult
from corotui.ssh.shell import Prompter
from corotui.workflow.dependencies import Dependencies
from corotui.workflow.operations import build, discover, edit, fix, monitor, rollout
from corotui.workflow.operations.context import OperationContext
from corotui.workflow.state import Step, WorkflowState
from corotui.workflow.store.activity import Activity
from corotui.workflow.store.initial_state import load_initial_state
from corotui.workflow.store.node_shells import NodeShells
from corotui.workflow.store.persistence import WorkflowStore
from corotui.workflow.store.state_store import StateListener, StateStore

_NO_CONSENT: frozenset[Consent] = frozenset()


class Workflow:
    """The state of one cluster, its connections, and the one operation under way.

    Methods that are not async touch only the directory: they are fast, need no network, and save at once. The async
    ones work on nodes: they set `state.busy`, report events, and keep a failure in the state. They raise only
    RefusedError, LockedError and UsageError.
    """

    def __init__(
        self,
        directory: Directory,
        *,
        prompter: Prompter,
        report: EventSink = ignore_event,
        dependencies: Dependencies | None = None,
    ) -> None:
        """`prompter` answers what ssh and sudo ask; `report` gets every event."""
        dependencies = dependencies or Dependencies()
        store = StateStore(report)
        self._context = OperationContext(
            directory=directory,
            storage=WorkflowStore(directory),
            store=store,
            shells=NodeShells(store, directory, prompter, dependencies.connect),
            activity=Activity(store, dependencies.clock),
            dependencies=dependencies,
        )

    @property
    def state(self) -> WorkflowState:
        """The state now. Raises RuntimeError before `load`."""
        return self._context.state

    @property
    def outcome(self) -> Outcome | None:
        """What came of the last rollout, recovery or restore. None before, and where it was refused or failed."""
        return self.state.outcome

    @property
    def failures(self) -> tuple[CorotuiError, ...]:
        """Why the last operation failed; empty where it did not."""
        return self._context.store.failures

    @property
    def node_errors(self) -> Mapping[str, CorotuiError]:
        """The last error of each node that has one, by name."""
        return self._context.store.node_errors

    @property
    def unreached_nodes(self) -> Mapping[str, CorotuiError]:
        """Returns the error of each node without a connection (no answer, login or host key refused, connection lost),
        in the order of cluster.toml.
        """
        return self._context.store.unreached_nodes()

    def subscribe(self, on_state: StateListener, on_event: EventSink = ignore_event) -> Callable[[], None]:
        """Calls `on_state` at each new state and `on_event` at each event, until the returned function is called."""
        return self._context.store.subscribe(on_state, on_event)

    def load(self) -> None:
        """Reads the directory and the saved state, without a network: the console shows its first screen from this."""
        self._context.store.set_initial_state(load_initial_state(self._context.directory, self._context.storage))

    def go_to(self, step: Step) -> None:
        """Goes to a step, where the next session begins as well."""
        edit.go_to(self._context, step)

    def add_node(self, node: Node) -> None:
        """Writes a node into cluster.toml. Raises CorotuiError where that cannot be done."""
        edit.add_node(self._context, node)

    def remove_node(self, name: str) -> None:
        """Removes a node from cluster.toml; nothing happens on the node."""
        edit.remove_node(self._context, name)

    def replace_node(self, name: str, node: Node) -> None:
        """Replaces a node of cluster.toml in its place; its comments stay and its facts are deleted."""
        edit.replace_node(self._context, name, node)

    def set_install(self, install: Install) -> None:
        """Writes [install] of cluster.toml."""
        edit.set_install(self._context, install)

    def choose_links(self, networks: Sequence[IpNetwork]) -> None:
        """Chooses links by their networks, link 0 first. With no networks, the recommended links are used.

        Raises UsageError for a network without a proposal, or one that is not usable.
        """
        edit.choose_links(self._context, networks)

    def choose_key(self, choice: KeyChoice) -> None:
        """Says whose key the nodes get, and which file is one; the next plan follows it.

        Raises UsageError for a node that cluster.toml does not name.
        """
        edit.choose_key(self._context, choice)

    def propose_conf(self) -> bytes:
        """Makes `state.proposed_conf` from the selected links, without writing a file, and returns it.

        Raises UsageError where no link reaches every node.
        """
        return edit.propose_conf(self._context)

    def save_conf(self, conf: bytes) -> None:
        """Writes the directory's corosync.conf and keeps the one before for `undo_conf`."""
        edit.save_conf(self._context, conf)

    def undo_conf(self) -> bool:
        """Puts the corosync.conf before the last `save_conf` back; returns False where there is none."""
        return edit.undo_conf(self._context)

    async def connect(self, names: Sequence[str] | None = None) -> None:
        """Connects to all nodes (or to `names`) at once."""
        await discover.connect(self._context, names)

    async def discover(self, names: Sequence[str] | None = None) -> None:
        """Gathers the facts of all nodes (or of `names`), and derives findings and links. Connects where necessary."""
        await discover.discover(self._context, names)

    async def probe(self) -> None:
        """Sends UDP between all pairs of nodes on the chosen links. What does not pass becomes a finding."""
        await discover.probe(self._context)

    async def fix(self, findings: Sequence[Finding]) -> None:
        """Runs the findings' remedies on all nodes at once, then gathers facts again."""
        await fix.fix(self._context, findings)

    async def install(self) -> None:
        """Installs corosync on the nodes without it, by the method of cluster.toml."""
        await fix.install(self._context)

    async def plan(self) -> None:
        """Makes `state.plan` for the directory's corosync.conf, else for the proposed one."""
        await rollout.plan(self._context)

    async def apply(self, consents: frozenset[Consent] = _NO_CONSENT) -> None:
        """Rolls the configuration out; ends with `outcome` and `state.ring`."""
        await rollout.apply(self._context, consents)

    async def recover(self, *, undo: bool = False) -> None:
        """Finishes or undoes an interrupted rollout; with `undo` it is undone in any case."""
        await rollout.recover(self._context, undo=undo)

    async def preview_forget(self) -> ForgetPreview | None:
        """Returns what `forget` would leave on which node; None if no rollout was interrupted, or that failed."""
        return await rollout.preview_forget(self._context)

    async def forget(self, why: str = "") -> None:
        """Closes an interrupted rollout that can be neither finished nor undone; `why` is kept in the journal."""
        await rollout.forget(self._context, why)

    async def restore(self, generation: int | None, consents: frozenset[Consent] = _NO_CONSENT) -> None:
        """Rolls an earlier corosync.conf out again; None: the newest that differs from the directory's."""
        await rollout.restore(self._context, generation, consents)

    async def query_ring(self) -> None:
        """Asks all nodes for `state.ring` once."""
        await monitor.query_ring(self._context)

    def ring_changes(self, interval: float = 1.0) -> AsyncGenerator[Ring | RingEvent, None]:
        """Yields the ring whenever nodes report something new, and each change of it. Close the generator to end it.

        `interval` is the time between two queries of a node, in seconds.
        """
        return monitor.ring_changes(self._context, interval)

    async def watch(self) -> None:
        """Keeps `state.ring` and `state.ring_events` up to date until it is cancelled."""
        await monitor.watch(self._context)

    async def follow(self) -> None:
        """Shows in `state.progress` a rollout that another corotui does on this directory, until it ends."""
        await monitor.follow(self._context)

    async def diagnose(self) -> None:
        """Asks the doctor for `state.doctor`."""
        await monitor.diagnose(self._context)

    async def verify_fix(self, fixed: Sequence[Finding]) -> None:
        """Diagnoses again until these findings are gone, for at most 30 s. The last answer is `state.doctor`."""
        await monitor.verify_fix(self._context, fixed)

    async def plan_build(self, options: BuildOptions) -> BuildPlan | None:
        """Returns what a build from release archives would make on which node, None where that failed."""
        return await build.plan_build(self._context, options)

    async def build(self, options: BuildOptions) -> BuildResult | None:
        """Builds packages from release archives. Returns None where that failed."""
        return await build.build(self._context, options)

    async def install_build(self, options: BuildOptions) -> None:
        """Builds packages and installs them on all nodes."""
        await build.install_build(self._context, options)

    async def remove_build(self) -> tuple[str, ...]:
        """Removes what an installation left on the nodes. Returns the names of the nodes that were changed."""
        return await build.remove_build(self._context)

    def stop_requested(self) -> bool:
        """Whether the operation under way (or the last one) was asked to stop."""
        return self._context.activity.stop_request.requested

    def stop(self) -> None:
        """Asks the operation under way to stop at its next safe point."""
        self._context.activity.stop_request.request()

    async def close(self) -> None:
        """Waits until the operation under way is at a safe point, then closes the connections."""
        self.stop()
        await self._context.activity.wait_until_idle()
        await self._context.shells.close()
