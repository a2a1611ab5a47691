"""The evidence of one node: its facts, its view of the ring, and the traces of its daemon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from corotui.facts.model import NodeFacts
from corotui.ring.model import NodeView
from corotui.ring.node_report import NodeReport

Counters = Mapping[tuple[int, int], Mapping[str, int]]
"""knet's counters since the link was configured: (node id of the peer, link number) -> counter name
("rx_ping_packets") -> value."""


@dataclass(frozen=True, slots=True)
class SystemdUnit:
    """corosync.service as systemd sees it; all fields are empty on a node without systemd."""

    load: str = ""
    """Whether there is such a unit: loaded, not-found, masked ..."""
    active: str = ""
    """active, inactive, failed, activating ..."""
    sub: str = ""
    """The state in detail: running, dead ..."""
    result: str = ""
    """How it ended last: success, exit-code, signal, timeout, core-dump."""
    exit_status: int | None = None
    """Exit code of corosync (exec/util.h) where it ended by itself."""
    restarts: int = 0
    """How often systemd restarted it."""
    main_pid: int = 0
    """0 where no process runs."""

    @property
    def has_failed(self) -> bool:
        """Whether its last run ended with a failure."""
        return self.active == "failed" or (self.active != "active" and self.result not in ("", "success"))


@dataclass(frozen=True, slots=True)
class CorosyncProcess:
    """A process of corosync's daemon."""

    pid: int
    """Process id."""
    state: str
    """Letter as in /proc/PID/status: R, S, D, T (stopped by a signal), t (held by a debugger), Z."""
    parent: int = 0
    """Process id of the parent."""
    command: str = ""
    """The command line."""


@dataclass(frozen=True, slots=True)
class ConfTest:
    """Result of `corosync -t` on the node's own files; it runs only where no corosync does."""

    code: int
    """Exit code: 0 accepted, 8 refused."""
    text: str
    """What it printed."""


@dataclass(frozen=True, slots=True)
class SchedulingPause:
    """A time in which the kernel did not schedule the daemon, as the daemon itself recorded it."""

    delay_ms: float
    """Length of the pause in ms."""
    at: int
    """Milliseconds since 1970 by the node's clock, 0 where unknown."""


@dataclass(frozen=True, slots=True)
class NodeEvidence:
    """All that the doctor knows of one node."""

    name: str
    """Name of the node."""
    view: NodeView
    """The ring as the node sees it."""
    error: str = ""
    """Why the node could not be reached; all else is empty then."""
    facts: NodeFacts | None = None
    """None where the facts script failed."""
    report: NodeReport | None = None
    """What `view` was made from."""
    unit: SystemdUnit = field(default_factory=SystemdUnit)
    """corosync.service of systemd."""
    processes: tuple[CorosyncProcess, ...] = ()
    """Corosync's processes that are daemons of this node."""
    journal: tuple[str, ...] = ()
    """Lines of the last 30 minutes without control characters, oldest first."""
    log: tuple[str, ...] = ()
    """The last lines of corosync's own log file, like `journal`."""
    refused_logs: tuple[str, ...] = ()
    """Log files that were not read, as "PATH: why"."""
    conf_test: ConfTest | None = None
    """None where `corosync -t` did not run."""
    loopback_hosts: tuple[str, ...] = ()
    """Lines of /etc/hosts for 127.0.0.0/8 and ::1, as "NUMBER:LINE"."""
    directories: Mapping[str, str] = field(default_factory=dict)
    """Path -> "ok", "missing" or "read-only"."""
    counters: Counters = field(default_factory=dict)
    """Traffic counters of the first sample."""
    counters_later: Counters | None = None
    """A second sample of the counters, None where none was taken."""
    seconds_between: float = 0.0
    """Seconds from the first sample of the counters to the second."""
    pauses: tuple[SchedulingPause, ...] = ()
    """Newest first."""
    neighbours: Mapping[str, str] = field(default_factory=dict)
    """IP address -> its state in the neighbour table (REACHABLE, FAILED ...)."""
    hung: tuple[str, ...] = ()
    """Tools that did not end in time, a sentence for each."""
    left_out: tuple[str, ...] = ()
    """Answers that were longer than a node's can be, a sentence for each."""

    @property
    def reachable(self) -> bool:
        """Whether the node answered."""
        return not self.error

    @property
    def conf(self) -> bytes | None:
        """The node's corosync.conf, byte for byte; None where there is none."""
        text = self.facts.corosync.conf if self.facts else None
        return None if text is None else text.encode("latin-1")
