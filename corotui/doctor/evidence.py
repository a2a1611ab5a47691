"""What one node says when the doctor looks: facts, its view of the ring, and the traces of its daemon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from corotui.facts.model import NodeFacts
from corotui.ring.model import NodeView
from corotui.ring.node_report import NodeReport

Counters = Mapping[tuple[int, int], Mapping[str, int]]
"""knet's counters since the link was configured, by (peer's node id, link): "rx_ping_packets" and the like."""


@dataclass(frozen=True, slots=True)
class SystemdUnit:
    """corosync.service as systemd has it; all empty where there is no systemd. `exit_status` is corosync's exit code
    (exec/util.h) when it ended by itself, `result` systemd's word: success, exit-code, signal, timeout, core-dump."""

    load: str = ""
    active: str = ""
    sub: str = ""
    result: str = ""
    exit_status: int | None = None
    restarts: int = 0
    main_pid: int = 0

    @property
    def has_failed(self) -> bool:
        return self.active == "failed" or (self.active != "active" and self.result not in ("", "success"))


@dataclass(frozen=True, slots=True)
class CorosyncProcess:
    """A running corosync. `state` as in /proc: R, S, D, T (stopped), Z. `command`: its command line."""

    pid: int
    state: str
    parent: int = 0
    command: str = ""


@dataclass(frozen=True, slots=True)
class ConfTest:
    """`corosync -t` on the node's own files, asked only where no corosync runs. `code`: 0 accepted, 8 refused."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class SchedulingPause:
    """The daemon was not scheduled for `delay` ms; `at`: node's clock, ms since 1970."""

    delay_ms: float
    at: int


@dataclass(frozen=True, slots=True)
class NodeEvidence:
    """`error`: why the node could not be asked, then all else is empty. `facts` None: that script failed there.

    `journal`: cleaned lines, oldest first, of the last half hour; `log`: of corosync's own log file. `loopback_hosts`:
    "NUMBER:LINE" of /etc/hosts where it begins with 127. or ::1. `directories`: path -> "ok", "missing", "read-only".
    `counters` and `counters_later`: two samples of `seconds_between` seconds; the second is None where not taken.
    """

    name: str
    view: NodeView
    error: str = ""
    facts: NodeFacts | None = None
    report: NodeReport | None = None
    unit: SystemdUnit = field(default_factory=SystemdUnit)
    processes: tuple[CorosyncProcess, ...] = ()
    journal: tuple[str, ...] = ()
    log: tuple[str, ...] = ()
    conf_test: ConfTest | None = None
    loopback_hosts: tuple[str, ...] = ()
    directories: Mapping[str, str] = field(default_factory=dict)
    counters: Counters = field(default_factory=dict)
    counters_later: Counters | None = None
    seconds_between: float = 0.0
    pauses: tuple[SchedulingPause, ...] = ()
    neighbours: Mapping[str, str] = field(default_factory=dict)  # address -> state of `ip neigh`

    @property
    def reachable(self) -> bool:
        return not self.error

    @property
    def conf(self) -> bytes | None:
        """The node's corosync.conf, byte for byte."""
        text = self.facts.corosync.conf if self.facts else None
        return None if text is None else text.encode("latin-1")
