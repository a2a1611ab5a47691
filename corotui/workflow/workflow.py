"""The job of the console without a terminal; the console and `corotui apply` both drive it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

from corotui.cluster.events import EventSink, ignore_event
from corotui.cluster.finding import Finding
from corotui.cluster.model import Install, Node
from corotui.directory import Directory
from corotui.errors import CorotuiError
from corotui.facts.model import IpNetwork
from corotui.ring.model import Ring, RingEvent
from corotui.rollout import Consent, Outcome
from corotui.source import BuildOptions, BuildPlan, BuildResult
from corotui.ssh.shell import Prompter
from corotui.workflow import initial_state
from corotui.workflow.operations import build, edit, monitor, rollout
from corotui.workflow.operations import discover as looking
from corotui.workflow.operations import fix as mending
from corotui.workflow.state import Step, WorkflowState
from corotui.workflow.store import StateListener, StateStore


class Workflow:
    """Holds the connections, the picture, and the one piece of work under way.

    The methods that are not async touch only the directory: fast, no network, each persists at once. The async ones
    work on nodes: they set `picture.busy`, report events, and put a node's failure into the picture; they raise only
    RefusedError, LockedError and UsageError.
    """

    def __init__(self, directory: Directory, *, ask: Prompter, report: EventSink = ignore_event) -> None:
        self._store = StateStore(directory, ask, report)

    @property
    def state(self) -> WorkflowState:
        """What there is to paint now; RuntimeError before `load`."""
        return self._store.state

    @property
    def outcome(self) -> Outcome | None:
        """What came of the last rollout, recovery or restore; None before, and where it was refused."""
        return self._store.outcome

    @property
    def failures(self) -> tuple[CorotuiError, ...]:
        """Why the last work failed; empty when it did not."""
        return self._store.failures

    @property
    def node_errors(self) -> Mapping[str, CorotuiError]:
        """The last error of each node that has one."""
        return self._store.node_errors

    @property
    def unreached_nodes(self) -> Mapping[str, CorotuiError]:
        """The error of each node that does not answer."""
        return self._store.unreached_nodes()

    def subscribe(self, on_state: StateListener, on_event: EventSink = ignore_event) -> Callable[[], None]:
        """Calls `painted` at each new picture and `heard` at each event, until the returned function is called."""
        return self._store.subscribe(on_state, on_event)

    def load(self) -> None:
        """Reads the directory and the saved state. No network: the first paint needs only this."""
        self._store.set_initial_state(initial_state.load_initial_state(self._store.directory, self._store.storage))

    def go_to(self, step: Step) -> None:
        """Stands at a step; reopening stands there."""
        edit.go_to(self._store, step)

    def add_node(self, node: Node) -> None:
        """Writes a node into cluster.toml; raises FileError where it cannot be."""
        edit.add_node(self._store, node)

    def remove_node(self, name: str) -> None:
        """Takes a node out of cluster.toml; nothing happens on the node."""
        edit.remove_node(self._store, name)

    def replace_node(self, name: str, node: Node) -> None:
        """Describes a node of cluster.toml anew, in its place and with its comments. Its facts are dropped."""
        edit.replace_node(self._store, name, node)

    def set_install(self, install: Install) -> None:
        """Writes [install] of cluster.toml."""
        edit.set_install(self._store, install)

    def choose_links(self, networks: Sequence[IpNetwork]) -> None:
        """Chooses links by their networks, link 0 first; none: the recommended links are used.

        Raises UsageError for a network that no proposal is for or that is not usable.
        """
        edit.choose_links(self._store, networks)

    def propose_conf(self) -> bytes:
        """The configuration from the chosen (else the recommended) links, into `picture.proposed`; writes no file.
        UsageError where no links reach every node."""
        return edit.propose_conf(self._store)

    def save_conf(self, data: bytes) -> None:
        """Writes the directory's corosync.conf and keeps the one before for `undo_conf`."""
        edit.save_conf(self._store, data)

    def undo_conf(self) -> bool:
        """Puts the corosync.conf before the last `save_conf` back; False when there is none."""
        return edit.undo_conf(self._store)

    async def connect(self, names: Sequence[str] | None = None) -> None:
        """Connects to all nodes (or these) at once."""
        await looking.connect(self._store, names)

    async def discover(self, names: Sequence[str] | None = None) -> None:
        """Asks the nodes for facts; from them findings and link proposals. Connects where there is no connection."""
        await looking.discover(self._store, names)

    async def probe(self) -> None:
        """Sends UDP between all pairs of nodes on the chosen links."""
        await looking.probe(self._store)

    async def fix(self, findings: Sequence[Finding]) -> None:
        """Runs the findings' remedies, all nodes at once, then looks again."""
        await mending.fix(self._store, findings)

    async def install(self) -> None:
        """Brings corosync onto the nodes without it, by the method of cluster.toml."""
        await mending.install(self._store)

    async def plan(self) -> None:
        """Makes `picture.plan`: of the directory's corosync.conf, else of the proposed one."""
        await rollout.plan(self._store)

    async def apply(self, *, allow_running: bool = False, allow_pacemaker: bool = False) -> None:
        """The rollout. `picture.progress` moves; ends with `picture.ring`.

        `allow_running`: take over a corosync that runs with a configuration that is not ours.
        `allow_pacemaker`: stop or restart corosync although Pacemaker runs on it.
        """
        await rollout.apply(self._store, _consents(allow_running, allow_pacemaker))

    async def recover(self, *, undo: bool = False) -> None:
        """Finishes or undoes a rollout that was cut off; `back`: undoes it."""
        await rollout.recover(self._store, undo=undo)

    async def restore(
        self, generation: int | None, *, allow_running: bool = False, allow_pacemaker: bool = False
    ) -> None:
        """Rolls an earlier corosync.conf out again; None: the newest one that differs from the directory's."""
        await rollout.restore(self._store, generation, _consents(allow_running, allow_pacemaker))

    async def query_ring(self) -> None:
        """Asks all nodes for the ring once; the answer is `state.ring`."""
        await monitor.query_ring(self._store)

    def ring_changes(self, interval: float = 1.0) -> AsyncGenerator[Ring | RingEvent, None]:
        """Yields the ring each time it differs, and what changed; close the generator to end it. `interval`: seconds
        between two queries of a node."""
        return monitor.ring_changes(self._store, interval)

    async def watch(self) -> None:
        """Keeps `picture.ring` and `picture.ring_events` fresh until it is cancelled."""
        await monitor.watch(self._store)

    async def follow(self) -> None:
        """Shows in `picture.progress` a rollout that another corotui does on this directory, until it ends."""
        await monitor.follow(self._store)

    async def diagnose(self) -> None:
        """Asks the doctor; the answer is `picture.doctor`."""
        await monitor.diagnose(self._store)

    async def verify_fix(self, fixed: Sequence[Finding]) -> None:
        """Diagnoses again until these findings are gone, at most 30 s; the answer is `state.doctor`."""
        await monitor.verify_fix(self._store, fixed)

    async def plan_build(self, options: BuildOptions) -> BuildPlan | None:
        """What a build from release archives would make where; None where it failed."""
        return await build.plan_build(self._store, options)

    async def build(self, options: BuildOptions) -> BuildResult | None:
        """Builds packages from release archives; None where it failed."""
        return await build.build(self._store, options)

    async def install_build(self, options: BuildOptions) -> None:
        """Builds packages and installs them on all nodes."""
        await build.install_build(self._store, options)

    async def remove_build(self) -> tuple[str, ...]:
        """Takes away what an installation brought; the names of the nodes that were changed."""
        return await build.remove_build(self._store)

    def stop_requested(self) -> bool:
        """Whether the work under way (or the last one) was told to stop."""
        return self._store.stop_request.requested

    def stop(self) -> None:
        """The work under way stops at its next safe point."""
        self._store.stop_request.request()

    async def close(self) -> None:
        """Waits until the work under way is at a safe point, then closes the connections."""
        self.stop()
        await self._store.wait_until_idle()
        await self._store.disconnect()


def _consents(running: bool, pacemaker: bool) -> frozenset[Consent]:
    return frozenset(
        consent for consent, given in ((Consent.RUNNING, running), (Consent.PACEMAKER, pacemaker)) if given
    )
