"""What a rollout would do and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from corotui.cluster.service_manager import ServiceManager
from corotui.conf.constants import AUTHKEY_PATH
from corotui.conf.version import Version, version_or_none
from corotui.ring.model import Ring

ABSENT = "-"  # in the place of a sha256: there is no such file


class KeyAction(StrEnum):
    NONE = "none"  # the configuration needs no key
    KEEP = "keep"
    CREATE = "create"  # by corosync-keygen on this node
    COPY = "copy"  # from the node that has or makes it


class ConfAction(StrEnum):
    KEEP = "keep"
    WRITE = "write"


class ServiceAction(StrEnum):
    NONE = "none"  # it runs with this configuration
    START = "start"
    RESTART = "restart"
    RELOAD = "reload"


class StartOrder(StrEnum):
    """In which order daemons start: all at once, or one node after another with quorum watched."""

    TOGETHER = "together"
    ROLLING = "rolling"


class RequiredRestart(StrEnum):
    """What a change needs until daemons that run have taken it over, in rising order."""

    NONE = "none"
    RELOAD = "reload"
    ROLLING = "rolling"
    STOP = "stop"


class Consent(StrEnum):
    """What only the operator can allow."""

    RUNNING = "running"  # take over a corosync that runs with somebody else's configuration
    PACEMAKER = "pacemaker"  # stop corosync under a Pacemaker


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the plan is not carried out. `consent`: what the operator can say to have it done all the same."""

    code: str
    what: str
    node: str | None = None
    next_step: str = ""
    consent: Consent | None = None

    @property
    def sentence(self) -> str:
        """`what`, after the name of the node that it is about."""
        return f"{self.node}: {self.what}" if self.node else self.what

    def to_json(self) -> dict[str, object]:
        return {
            "code": self.code,
            "node": self.node,
            "what": self.what,
            "next": self.next_step,
            "consent": self.consent.value if self.consent else None,
        }


@dataclass(frozen=True, slots=True)
class NodePlan:
    """What happens on one node. `conf_before`, `key_before`: sha256 of the files there now, ABSENT where there is none.

    `diff` is a unified diff of the node's corosync.conf and the new one, without secrets. `directories` are made where
    they are missing. `program`: path of the daemon. `replaces_stray`: a corosync that its service does not know has to
    be stopped first. `was_ring`: corosync runs there as part of a ring (not the distribution's sample), so a restart
    is felt.
    """

    name: str
    version: str = ""
    program: str = "corosync"
    needs_install: bool = False
    key_action: KeyAction = KeyAction.NONE
    conf_action: ConfAction = ConfAction.KEEP
    service_action: ServiceAction = ServiceAction.NONE
    enable: bool = False
    conf_sha256_before: str = ABSENT
    key_sha256_before: str = ABSENT
    missing_directories: tuple[str, ...] = ()
    diff: str = ""
    service_manager: ServiceManager = ServiceManager.SYSTEMD
    was_running: bool = False
    was_in_ring: bool = False
    replaces_unmanaged: bool = False

    @property
    def release(self) -> Version | None:
        """The node's corosync as numbers; None where it has none."""
        return version_or_none(self.version)

    @property
    def is_noop(self) -> bool:
        """Nothing happens on this node."""
        return (
            not self.needs_install
            and self.key_action in (KeyAction.NONE, KeyAction.KEEP)
            and self.conf_action is ConfAction.KEEP
            and self.service_action is ServiceAction.NONE
            and not self.enable
        )

    def to_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "corosync": self.version,
            "install": self.needs_install,
            "key": self.key_action.value,
            "conf": self.conf_action.value,
            "start": self.service_action.value,
            "enable": self.enable,
            "directories": list(self.missing_directories),
            "diff": self.diff,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """All of it. `key_from`: the node whose key the others get (or which makes it), "" when none is needed.
    `key_path`: where the key lies. `logfile`: what the configuration logs to, "" for none. `ring_limit`: how long the
    ring may take to form, seconds. `names`: node id -> name. `words`: what will happen, a sentence each.
    `before`: the configuration that the ring runs on, where all its nodes have the same. `changes`: what of corosync's
    settings changes for that ring (conf.difference's changes as JSON).
    """

    cluster: str
    conf: bytes = field(repr=False)
    conf_sha256: str
    nodes: tuple[NodePlan, ...]
    order: StartOrder = StartOrder.TOGETHER
    key_source: str = ""
    key_path: str = AUTHKEY_PATH
    logfile: str = ""
    ring_limit: float = 60.0
    node_names: Mapping[int, str] = field(default_factory=dict)
    summary: tuple[str, ...] = ()
    changes: tuple[Mapping[str, object], ...] = ()
    current_conf: bytes | None = field(default=None, repr=False)
    warnings: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing to change on any node."""
        return all(node.is_noop for node in self.nodes) and not self.refusals

    def diffs(self) -> dict[str, tuple[str, ...]]:
        """Each different diff of corosync.conf -> names of its nodes, both in the order of the nodes."""
        names: dict[str, tuple[str, ...]] = {}
        for node in self.nodes:
            if node.diff:
                names[node.diff] = (*names.get(node.diff, ()), node.name)
        return names

    def node(self, name: str) -> NodePlan:
        """The plan of that node; KeyError where there is none."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)

    def to_json(self) -> dict[str, object]:
        return {
            "cluster": self.cluster,
            "empty": self.is_empty,
            "words": list(self.summary),
            "changes": [dict(change) for change in self.changes],
            "warnings": list(self.warnings),
            "refusals": [refusal.to_json() for refusal in self.refusals],
            "nodes": [node.to_json() for node in self.nodes],
            "order": self.order.value,
            "key_from": self.key_source,
            "ring_limit": self.ring_limit,
            "conf_sha256": self.conf_sha256,
        }


class RolloutStatus(StrEnum):
    NOTHING = "nothing"  # there was nothing to change
    DONE = "done"
    FAILED = "failed"  # files are in place, and the ring is not as it should be
    UNDONE = "undone"  # it failed, and all nodes are as before
    INTERRUPTED = "interrupted"  # told to stop, at a safe point


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a rollout. `missing`: node -> what is missing there. `said`: node -> corosync's own last words.
    `generation`: number under which the configuration is kept."""

    status: RolloutStatus
    what: str
    ring: Ring | None = None
    problems: Mapping[str, str] = field(default_factory=dict)
    recent_logs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    generation: int | None = None
    next_step: str = ""

    @property
    def healthy(self) -> bool:
        return self.ring is not None and self.ring.healthy

    def to_json(self) -> dict[str, object]:
        return {
            "result": self.status.value,
            "what": self.what,
            "healthy": self.healthy,
            "missing": dict(self.problems),
            "said": {node: list(lines) for node, lines in self.recent_logs.items()},
            "generation": self.generation,
            "next": self.next_step,
            "ring": self.ring.to_json() if self.ring else None,
        }
