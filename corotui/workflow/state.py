"""The state of a workflow: immutable, and all that console and command line show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypedDict

from corotui.cluster.events import Connection, ProgressState
from corotui.cluster.finding import Finding
from corotui.cluster.model import Cluster
from corotui.facts.model import IpNetwork, NodeFacts
from corotui.network.model import LinkProposal
from corotui.network.probe_result import ProbeResult
from corotui.ring.model import Ring, RingEvent
from corotui.rollout.model import NO_KEY_CHOICE, KeyChoice, Plan
from corotui.rollout.outcome import Outcome


class Step(StrEnum):
    """A step on the way to a ring. Their order here is the order in which they are taken."""

    NODES = "nodes"
    PREREQUISITES = "prerequisites"
    INSTALL = "install"
    NETWORK = "network"
    CONFIGURATION = "configuration"
    REVIEW = "review"
    ROLLOUT = "rollout"
    RING = "ring"


class StepState(StrEnum):
    """How far a step is."""

    TODO = "todo"
    BUSY = "busy"
    DONE = "done"
    NEEDS_ATTENTION = "needs"  # the operator has to decide or to change something
    FAILED = "failed"
    STALE = "stale"  # done, judging by the facts of an earlier session


@dataclass(frozen=True, slots=True)
class StepStatus:
    """How far one step is, and why."""

    step: Step
    """The step."""
    state: StepState
    """How far it is."""
    summary: str = ""
    """A phrase of at most about 40 characters: "3 of 3 nodes answer"."""


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """A node of the cluster as the workflow knows it now."""

    name: str
    """Name of the node."""
    connection: Connection = Connection.UNKNOWN
    """State of the connection to it."""
    error: str = ""
    """Sentence of the last failure on this node, "" for none."""
    facts: NodeFacts | None = None
    """The last facts, None before the node was asked. They may be old: see `facts.taken_at`."""
    live: bool = False
    """Whether `facts` were gathered in this session; False where they were read from state.db."""


class NodeChanges(TypedDict, total=False):
    """Fields of a NodeStatus that an update replaces."""

    connection: Connection
    error: str
    facts: NodeFacts | None
    live: bool


class ProgressKind(StrEnum):
    """Which work a progress shows."""

    ROLLOUT = "rollout"  # also a recovery and a restore
    FIX = "fix"
    INSTALL = "install"


@dataclass(frozen=True, slots=True)
class ProgressCell:
    """One step of the work on one node."""

    state: ProgressState = ProgressState.TODO
    """State of the step on this node."""
    detail: str = ""
    """What it waits for, or why it failed."""
    since: float | None = None
    """When it began, in Unix seconds; None before."""
    seconds: float | None = None
    """How long it took, in seconds; None until it ends."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Work on the nodes, under way or ended: a table of its steps by node."""

    kind: ProgressKind
    """What kind of work it is."""
    title: str
    """What the work is: "Rollout to 3 nodes"."""
    steps: tuple[str, ...]
    """Names of the steps in their order: the rows of the table."""
    nodes: tuple[str, ...]
    """Names of the nodes: the columns of the table."""
    cells: Mapping[str, Mapping[str, ProgressCell]] = field(default_factory=dict)
    """Step -> node -> cell. The node "" stands for the step as a whole."""
    limits: Mapping[str, float] = field(default_factory=dict)
    """Step -> how long it may take, in seconds."""
    running: bool = False
    """Whether the work is under way."""
    error: str = ""
    """Why the work failed, "" where it did not."""
    in_this_process: bool = True
    """Whether this process does the work. False: another corotui does it and this one follows its journal."""


@dataclass(frozen=True, slots=True)
class WorkflowState:
    """All that the console renders. Each change makes a new one; nothing in it is ever mutated."""

    cluster: Cluster
    """The cluster as cluster.toml describes it."""
    directory: str
    """Path of the cluster directory."""
    step: Step
    """The step that the operator is at."""
    steps: tuple[StepStatus, ...]
    """Status of all steps in the order of `Step`, derived from the other fields by `step_status`."""
    nodes: tuple[NodeStatus, ...]
    """The nodes, in the order of cluster.toml."""
    findings: tuple[Finding, ...] = ()
    """Findings of prerequisites, installation, network and configuration together, most severe first."""
    links: tuple[LinkProposal, ...] = ()
    """Subnets that could carry a link, derived from the facts of all nodes."""
    chosen_links: tuple[IpNetwork, ...] = ()
    """Networks of the links that the operator chose, link 0 first; empty: the recommended links are used."""
    conf: bytes | None = None
    """The directory's corosync.conf, None where there is none yet."""
    proposed_conf: bytes | None = None
    """The corosync.conf that the links give, not written yet."""
    plan: Plan | None = None
    """What a rollout would change, None before it is made."""
    progress: Progress | None = None
    """Work on the nodes that runs, or the last that ended."""
    ring: Ring | None = None
    """The ring as it was seen last, None before."""
    doctor: tuple[Finding, ...] | None = None
    """What the doctor found, most likely cause first; None before it was asked."""
    busy: str = ""
    """What is under way: "connecting". "" while nothing is."""
    busy_since: float | None = None
    """When that began, in Unix seconds."""
    error: str = ""
    """The last refusal or failure as a sentence, "" for none."""
    findings_by_step: Mapping[Step, tuple[Finding, ...]] = field(default_factory=dict)
    """The same findings by the step that deals with them."""
    probe_results: tuple[ProbeResult, ...] = ()
    """Result of the last UDP probe of each link that was probed, in the links' order."""
    probe_findings: tuple[Finding, ...] = ()
    """What the UDP probe of the links found."""
    latency_ms: float | None = None
    """Longest round trip that the probe saw, in milliseconds; None where it saw none."""
    outcome: Outcome | None = None
    """What came of the last rollout, recovery or restore. None before, and where it was refused or failed."""
    key_choice: KeyChoice = NO_KEY_CHOICE
    """What the operator said about the key, for the plan."""
    ring_events: tuple[RingEvent, ...] = ()
    """Changes of the ring, oldest first."""
    interrupted: str = ""
    """Title of an interrupted rollout that waits for recovery, "" for none."""

    @property
    def facts(self) -> dict[str, NodeFacts]:
        """The facts of the nodes that have any, by name."""
        return {node.name: node.facts for node in self.nodes if node.facts is not None}

    def findings_of(self, step: Step) -> tuple[Finding, ...]:
        """Returns the findings that this step deals with."""
        return self.findings_by_step.get(step, ())

    @property
    def nodes_without_corosync(self) -> tuple[str, ...]:
        """Names of the nodes whose facts show no corosync."""
        return tuple(name for name, facts in self.facts.items() if not facts.corosync.version)

    @property
    def rollout_progress(self) -> Progress | None:
        """`progress` where it is that of a rollout."""
        return self.progress if self.progress is not None and self.progress.kind is ProgressKind.ROLLOUT else None

    @property
    def other_progress(self) -> Progress | None:
        """`progress` where it is that of fixes or of an installation."""
        return self.progress if self.progress is not None and self.progress.kind is not ProgressKind.ROLLOUT else None


class StateChanges(TypedDict, total=False):
    """Fields of a WorkflowState that an update replaces: all but the derived `steps`, and `directory`."""

    cluster: Cluster
    step: Step
    nodes: tuple[NodeStatus, ...]
    findings: tuple[Finding, ...]
    links: tuple[LinkProposal, ...]
    chosen_links: tuple[IpNetwork, ...]
    conf: bytes | None
    proposed_conf: bytes | None
    plan: Plan | None
    progress: Progress | None
    ring: Ring | None
    doctor: tuple[Finding, ...] | None
    busy: str
    busy_since: float | None
    error: str
    findings_by_step: Mapping[Step, tuple[Finding, ...]]
    probe_results: tuple[ProbeResult, ...]
    probe_findings: tuple[Finding, ...]
    latency_ms: float | None
    outcome: Outcome | None
    key_choice: KeyChoice
    ring_events: tuple[RingEvent, ...]
    interrupted: str
