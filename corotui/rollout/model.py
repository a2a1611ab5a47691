"""What a rollout would do."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from corotui.cluster.service_manager import ServiceManager
from corotui.conf.constants import AUTHKEY_PATH, DEFAULT_RELEASE
from corotui.conf.version import Version, version_or_none
from corotui.ring.expected import ExpectedRing, ring_from_conf
from corotui.ssh.file_scripts import FileOwner

ABSENT = "-"
"""In place of a sha256: there is no such file."""
ROOT_READABLE = FileOwner(0o644, 0, 0)
"""Mode and owner of a corosync.conf where there was none."""


class KeyAction(StrEnum):
    """What happens to the authkey of a node."""

    NONE = "none"
    """The configuration needs no key."""
    KEEP = "keep"
    CREATE = "create"
    """corosync-keygen creates it on this node."""
    COPY = "copy"
    """It is copied from the node that has or creates it."""


class ConfAction(StrEnum):
    """What happens to the corosync.conf of a node."""

    KEEP = "keep"
    WRITE = "write"


class ServiceAction(StrEnum):
    """What happens to the daemon of a node."""

    NONE = "none"
    """It runs with this configuration already."""
    START = "start"
    RESTART = "restart"
    RELOAD = "reload"


class StartOrder(StrEnum):
    """In which order the daemons start."""

    TOGETHER = "together"
    ROLLING = "rolling"
    """One node after another; each one must be back in the ring before the next one stops."""


class RequiredRestart(StrEnum):
    """What it takes until running daemons have applied a change, the least first."""

    NONE = "none"
    RELOAD = "reload"
    ROLLING = "rolling"
    STOP = "stop"
    """All daemons must be stopped at the same time."""


class Consent(StrEnum):
    """What only the operator can allow."""

    RUNNING = "running"
    """Replace the configuration of a corosync that runs and did not come from this directory."""
    PACEMAKER = "pacemaker"
    """Stop corosync under a running Pacemaker."""
    KEY_SOURCE = "key-source"
    """Replace the key of a node by another one, that of the plan's `key_source`."""
    KEY_FILE = "key-file"
    """Read or replace a file as the key that is not known to be one."""


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """What the operator said about the key."""

    source: str = ""
    """The node whose key all others get, "" to let the plan choose and ask."""
    accepted_path: str = ""
    """Path of a file that is the key although it does not look like one, "" for none."""

    def with_consents(self, consents: Collection[Consent], plan: Plan | None) -> KeyChoice:
        """Ties consents to the key of the plan that the operator saw: a newer plan may propose another one."""
        if plan is None:
            return self
        return KeyChoice(
            plan.key_source if Consent.KEY_SOURCE in consents else self.source,
            plan.key_path if Consent.KEY_FILE in consents else self.accepted_path,
        )


NO_KEY_CHOICE = KeyChoice()
"""The operator said nothing about the key."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a plan is not carried out."""

    code: str
    """Stable name of the reason, for JSON."""
    what: str
    """The reason, one sentence."""
    node: str | None = None
    """The node it concerns, None for the whole cluster."""
    next_step: str = ""
    """What to do about it, or ""."""
    consent: Consent | None = None
    """What the operator can consent to so that the plan is carried out all the same; None if nothing helps."""

    @property
    def sentence(self) -> str:
        """The node, if it concerns one, and the reason."""
        return f"{self.node}: {self.what}" if self.node else self.what

    def to_json(self) -> dict[str, object]:
        """Returns the refusal as one JSON object."""
        return {
            "code": self.code,
            "node": self.node,
            "what": self.what,
            "next": self.next_step,
            "consent": self.consent.value if self.consent else None,
        }


@dataclass(frozen=True, slots=True)
class NodePlan:
    """What happens on one node."""

    name: str
    """Name of the node."""
    version: str = ""
    """The corosync there as the node reports it, "" if none is installed."""
    program: str = "corosync"
    """Path of the daemon."""
    needs_install: bool = False
    """Whether corosync is not installed there."""
    key_action: KeyAction = KeyAction.NONE
    """What happens to its authkey."""
    conf_action: ConfAction = ConfAction.KEEP
    """What happens to its corosync.conf."""
    service_action: ServiceAction = ServiceAction.NONE
    """What happens to its daemon."""
    enable: bool = False
    """Whether the service is enabled at boot by this rollout."""
    conf_owner: FileOwner = ROOT_READABLE
    """Mode and owner with which its corosync.conf is written: those of the present file, unless they are too wide."""
    conf_sha256_before: str = ABSENT
    """sha256 of the present corosync.conf, ABSENT if there is none."""
    key_sha256_before: str = ABSENT
    """sha256 of the present authkey, ABSENT if there is none."""
    missing_directories: tuple[str, ...] = ()
    """Directories that the daemon needs and the node lacks; the rollout creates them."""
    diff: str = ""
    """Unified diff of the node's corosync.conf and the new one, without secrets; "" if it is not written."""
    service_manager: ServiceManager = ServiceManager.SYSTEMD
    """What manages its services."""
    was_running: bool = False
    """Whether corosync runs there now."""
    was_in_ring: bool = False
    """Whether it runs as part of a ring, not on the distribution's sample, so that a restart is noticed."""
    replaces_unmanaged: bool = False
    """Whether a corosync that its service does not know has to be stopped first."""

    @property
    def release(self) -> Version | None:
        """The node's corosync as numbers; None if it has none."""
        return version_or_none(self.version)

    @property
    def is_noop(self) -> bool:
        """Whether nothing happens on this node."""
        return (
            not self.needs_install
            and self.key_action in (KeyAction.NONE, KeyAction.KEEP)
            and self.conf_action is ConfAction.KEEP
            and self.service_action is ServiceAction.NONE
            and not self.enable
        )

    def to_json(self) -> dict[str, object]:
        """Returns the node's plan as one JSON object."""
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
    """What a rollout changes on all nodes."""

    cluster: str
    """Name of the cluster directory's cluster."""
    conf: bytes = field(repr=False)
    """The corosync.conf that is rolled out."""
    conf_sha256: str
    """SHA-256 of the new configuration in hex digits."""
    nodes: tuple[NodePlan, ...]
    """Every node of the cluster, in the order of cluster.toml."""
    order: StartOrder = StartOrder.TOGETHER
    """In which order daemons are started."""
    key_source: str = ""
    """The node whose key the others get, or which creates it; "" if no key is needed."""
    key_path: str = AUTHKEY_PATH
    """Where the key is on every node."""
    logfile: str = ""
    """The file that the configuration logs to, "" for none."""
    ring_limit: float = 60.0
    """How long the ring may take to form, seconds."""
    node_names: Mapping[int, str] = field(default_factory=dict)
    """Node id -> name."""
    summary: tuple[str, ...] = ()
    """What happens, one sentence each, in the order in which it happens."""
    changes: tuple[Mapping[str, object], ...] = ()
    """The settings that change for a running ring: conf.SettingChange as JSON."""
    current_conf: bytes | None = field(default=None, repr=False)
    """The configuration on which the ring runs, None if its nodes have different ones or there is no ring."""
    warnings: tuple[str, ...] = ()
    """What the operator should know, as sentences."""
    refusals: tuple[Refusal, ...] = ()
    """What stands against the rollout."""

    @property
    def rolling_nodes(self) -> tuple[NodePlan, ...]:
        """The nodes that are restarted one after another, in that order; empty unless `order` is ROLLING."""
        if self.order is not StartOrder.ROLLING:
            return ()
        return tuple(node for node in self.nodes if node.was_in_ring and node.service_action is ServiceAction.RESTART)

    @property
    def expected_ring(self) -> ExpectedRing:
        """What the ring must be once this configuration runs on all nodes."""
        releases = [node.release for node in self.nodes if node.release is not None]
        return ring_from_conf(
            [node.name for node in self.nodes], self.node_names, self.conf, max(releases, default=DEFAULT_RELEASE)
        )

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to change on any node, and nothing is refused."""
        return all(node.is_noop for node in self.nodes) and not self.refusals

    def diffs(self) -> dict[str, tuple[str, ...]]:
        """Each different diff of corosync.conf -> names of its nodes, both in the order of the nodes."""
        names: dict[str, tuple[str, ...]] = {}
        for node in self.nodes:
            if node.diff:
                names[node.diff] = (*names.get(node.diff, ()), node.name)
        return names

    def node(self, name: str) -> NodePlan:
        """Returns the plan of a node. Raises KeyError for an unknown name."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)

    def to_json(self) -> dict[str, object]:
        """Returns the plan, without the files as one JSON object."""
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
