"""What a workflow calls to reach the nodes. Tests give doubles in its place."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from corotui import network, source
from corotui.cluster.events import EventSink
from corotui.cluster.finding import Finding
from corotui.cluster.model import Cluster
from corotui.directory import Directory
from corotui.facts import NodeFacts, gather_all
from corotui.network import ProbeResult
from corotui.network.model import LinkProposal
from corotui.ssh.connections import Connections
from corotui.ssh.fanout import NodeResults, Shells
from corotui.ssh.shell import Prompter, Shell


class NodeConnections(Protocol):
    """Connections to the nodes of a cluster, as `ssh.connections.Connections` keeps them."""

    async def open(self, names: Iterable[str] | None = None) -> Shells:
        """Connects to all nodes, or to `names`. Returns each node's shell or its error."""

    async def shell(self, name: str) -> Shell:
        """Returns the shell of a node; raises CorotuiError where it cannot be connected."""

    async def close(self) -> None:
        """Closes all connections."""


class ConnectionFactory(Protocol):
    """Makes the connections of a cluster without opening any."""

    def __call__(
        self, cluster: Cluster, *, known_hosts: Path, prompter: Prompter, report: EventSink
    ) -> NodeConnections: ...


class FactsGatherer(Protocol):
    """Asks nodes for their facts, as `facts.gather_all` does."""

    async def __call__(self, shells: Shells, *, names: Sequence[str]) -> NodeResults[NodeFacts]: ...


class SourceInstaller(Protocol):
    """Builds corosync from source and installs it on the nodes, as `source.install` does."""

    async def __call__(
        self,
        cluster: Cluster,
        shells: Shells,
        facts: Mapping[str, NodeFacts],
        directory: Directory,
        report: EventSink,
        /,
    ) -> None: ...


class LinkProber(Protocol):
    """Sends UDP between all pairs of nodes on a link, as `network.probe` does."""

    async def __call__(self, shells: Shells, link: LinkProposal, /, *, port: int) -> ProbeResult: ...


class Examiner(Protocol):
    """Finds the causes of what is wrong with the ring, as `doctor.examine` does."""

    async def __call__(self, shells: Shells, *, cluster: Cluster, conf: bytes | None) -> Sequence[Finding]: ...


async def _examine(shells: Shells, *, cluster: Cluster, conf: bytes | None) -> Sequence[Finding]:
    from corotui import doctor  # the console opens sooner without it

    return await doctor.examine(shells, cluster=cluster, conf=conf)


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The defaults are the real ones."""

    connect: ConnectionFactory = Connections
    """Makes the connections of a cluster."""
    gather_facts: FactsGatherer = gather_all
    """Gathers the facts of all nodes."""
    install_from_source: SourceInstaller = source.install
    """Builds corosync and installs it on all nodes."""
    probe: LinkProber = network.probe
    """Probes a link between all pairs of nodes."""
    examine: Examiner = _examine
    """Asks the doctor."""
    clock: Callable[[], float] = time.time
    """Returns the time in Unix seconds."""
