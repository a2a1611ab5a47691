"""The walk: eight steps from bare machines to a ring, as one immutable picture that both doors look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from corotui.cluster.events import ProgressState
from corotui.cluster.finding import Finding
from corotui.cluster.model import Cluster
from corotui.facts.model import NodeFacts
from corotui.network.model import LinkProposal
from corotui.ring.model import Ring, RingEvent
from corotui.rollout.model import Plan


class Step(StrEnum):
    NODES = "nodes"
    PREREQUISITES = "prerequisites"
    INSTALL = "install"
    NETWORK = "network"
    CONFIGURATION = "configuration"
    REVIEW = "review"
    ROLLOUT = "rollout"
    RING = "ring"


class StepState(StrEnum):
    """Where a step stands. `needs`: it needs the operator; `stale`: it was done, on facts that are old."""

    TODO = "todo"
    BUSY = "busy"
    DONE = "done"
    NEEDS_ATTENTION = "needs"
    FAILED = "failed"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class StepStatus:
    """`summary` is at most some forty characters: "3 of 3 nodes answer"."""

    step: Step
    state: StepState
    summary: str = ""


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """`connection`: unknown, connecting, connected, failed, lost. `error`: the sentence of the last failure.
    `facts` may be old: `facts.taken_at` tells, and `live` is False where they were read from the last session."""

    name: str
    connection: str = "unknown"
    error: str = ""
    facts: NodeFacts | None = None
    live: bool = False


@dataclass(frozen=True, slots=True)
class ProgressCell:
    """A step of the rollout on a node. `since`: Unix seconds; `seconds`: how long it took, None while it runs."""

    state: ProgressState = ProgressState.TODO
    detail: str = ""
    since: float | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """A rollout (or a mending, or an install) under way or ended. `cells[step][node]`; node "" is the step as a whole.
    `limits[step]`: how long the step may last, seconds. `error`: why it ended badly.
    `here`: this process does the work."""

    title: str
    steps: tuple[str, ...]
    nodes: tuple[str, ...]
    cells: Mapping[str, Mapping[str, ProgressCell]] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    running: bool = False
    error: str = ""
    in_this_process: bool = True


@dataclass(frozen=True, slots=True)
class WorkflowState:
    """All the console needs to paint. A new one replaces the old one at each change; nothing in it is ever mutated.

    `conf`: bytes of the directory's corosync.conf, None: there is none yet. `proposed`: what would be written.
    `findings`: of prerequisites, network and configuration together, gravest first; `found`: the same by the step that
    deals with them; `steps` in the order of `Step`.
    """

    cluster: Cluster
    directory: str
    step: Step
    steps: tuple[StepStatus, ...]
    nodes: tuple[NodeStatus, ...]
    findings: tuple[Finding, ...] = ()
    links: tuple[LinkProposal, ...] = ()
    chosen_links: tuple[int, ...] = ()  # indices into `links`
    conf: bytes | None = None
    proposed_conf: bytes | None = None
    plan: Plan | None = None  # None: not made yet
    progress: Progress | None = None
    ring: Ring | None = None
    doctor: tuple[Finding, ...] | None = None  # None: not asked yet
    busy: str = ""  # what is being waited for, "" for nothing
    busy_since: float | None = None
    error: str = ""  # the last refusal or failure, in words
    findings_by_step: Mapping[Step, tuple[Finding, ...]] = field(default_factory=dict)
    probe_findings: tuple[Finding, ...] = ()  # what sending packets on the links found
    ring_events: tuple[RingEvent, ...] = ()  # changes of the ring, oldest first
    interrupted: str = ""  # a rollout that was cut off and waits for recover: what it was, "" for none
