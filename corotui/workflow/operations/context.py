"""What every operation of a workflow works with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from corotui import network
from corotui.directory import Directory
from corotui.ring import ExpectedRing, expected_ring
from corotui.source.releases.target import release_for
from corotui.ssh.lock.cluster_lock import lock_nodes
from corotui.workflow import findings, link_selection, progress
from corotui.workflow.dependencies import Dependencies
from corotui.workflow.state import NodeStatus, ProgressKind, WorkflowState
from corotui.workflow.store.activity import Activity
from corotui.workflow.store.node_shells import NodeShells
from corotui.workflow.store.persistence import WorkflowStore
from corotui.workflow.store.state_store import StateStore


@dataclass(frozen=True, slots=True)
class OperationContext:
    """The parts of one workflow, and the derivations that several operations share."""

    directory: Directory
    """The cluster directory."""
    storage: WorkflowStore
    """What the workflow remembers between sessions."""
    store: StateStore
    """The state now."""
    shells: NodeShells
    """Opens shells on the nodes."""
    activity: Activity
    """Whether an operation is under way."""
    dependencies: Dependencies
    """What reaches the nodes."""

    @property
    def state(self) -> WorkflowState:
        """The state now."""
        return self.store.state

    @property
    def node_names(self) -> tuple[str, ...]:
        """Names of all nodes, in the order of cluster.toml."""
        return tuple(node.name for node in self.state.cluster.nodes)

    @asynccontextmanager
    async def locked(self, step: str, nodes: Sequence[str] | None = None) -> AsyncIterator[None]:
        """Holds the locks of the directory and of the nodes (None: all) while the block changes them.

        `step` is what others are told. A node without a connection is left out: the work on it fails by itself.
        Raises LockedError, which names the holder.
        """
        with self.directory.lock(step, self.store.report) as held:
            shells = await self.shells.open(nodes)
            async with lock_nodes(shells.for_nodes(shells.ok), held.holder, held.show_step):
                yield

    @property
    def expected_ring(self) -> ExpectedRing:
        """What the ring must be, by cluster.toml and corosync.conf of the directory."""
        state = self.state
        return expected_ring(state.cluster.nodes, state.conf, release_for(state.facts, state.cluster.install))

    @contextmanager
    def progress(self, kind: ProgressKind, title: str, steps: Sequence[str] = ()) -> Iterator[None]:
        """Shows the progress of the work in the block, and why it failed."""
        self.store.update(progress=progress.begin(kind, title, steps, self.node_names))
        error = ""
        try:
            yield
        except Exception as failure:
            error = str(failure)
            raise
        finally:
            if self.state.progress is not None:
                self.store.update(progress=progress.end(self.state.progress, error))

    def refresh_findings(self) -> None:
        """Derives the findings anew from facts, files and the last probe."""
        state = self.state
        by_step = findings.collect_findings(
            state.facts, state.cluster.install, state.conf, state.probe_findings, latency_ms=state.latency_ms
        )
        self.store.update(findings_by_step=by_step, findings=findings.merge_findings(by_step))

    def refresh_links(self) -> None:
        """Derives link proposals and findings anew from the facts."""
        facts = self.state.facts
        proposals = network.propose_links(facts) if facts else ()
        chosen = link_selection.known_networks(proposals, self.state.chosen_links)
        self.store.update(links=proposals, chosen_links=chosen, proposed_conf=None)
        self.refresh_findings()

    def reload_files(self) -> None:
        """Reads cluster.toml and corosync.conf again; the plan of another cluster is dropped."""
        cluster = self.directory.read_cluster()
        plan = self.state.plan if cluster == self.state.cluster else None
        known = {node.name: node for node in self.state.nodes}
        nodes = tuple(known.get(node.name, NodeStatus(node.name)) for node in cluster.nodes)
        self.store.update(cluster=cluster, conf=self.directory.read_conf(), nodes=nodes, plan=plan)
