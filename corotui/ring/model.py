"""The ring as the nodes themselves see it."""

from __future__ import annotations

from dataclasses import dataclass, field

from corotui.cluster.finding import Finding, Severity


@dataclass(frozen=True, slots=True)
class LinkView:
    """One node's view of one link to one peer. `latency` in microseconds, None when the version does not tell.
    `mtu` in bytes. `down_count`: how often it went down since corosync started."""

    link: int
    peer: str
    connected: bool
    enabled: bool = True
    latency: int | None = None
    mtu: int | None = None
    down_count: int | None = None


@dataclass(frozen=True, slots=True)
class NodeView:
    """What one node says. `taken_at`: operator's clock, Unix seconds, of its last word; `error`: why it said nothing.

    `reachable`: ssh answered. `running`: corosync answered. `hung`: corosync is there and did not answer in time.
    `ring_id` as quorumtool prints it ("1.e"). `members`: names (corosync.conf's; the node id as text where unnamed).
    `retransmits` and `token_losses` count since corosync started there.
    """

    name: str
    reachable: bool
    taken_at: float
    corosync_version: str = ""
    running: bool = False
    hung: bool = False
    node_id: int | None = None
    ring_id: str = ""
    quorate: bool = False
    members: tuple[str, ...] = ()
    links: tuple[LinkView, ...] = ()
    votes: int | None = None
    expected_votes: int | None = None
    total_votes: int | None = None
    quorum: int | None = None
    flags: tuple[str, ...] = ()
    retransmits: int | None = None
    error: str = ""
    token_losses: int | None = None

    def to_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "reachable": self.reachable,
            "corosync": self.corosync_version,
            "running": self.running,
            "hung": self.hung,
            "node_id": self.node_id,
            "ring_id": self.ring_id,
            "quorate": self.quorate,
            "members": list(self.members),
            "links": [
                {
                    "link": link.link,
                    "peer": link.peer,
                    "connected": link.connected,
                    "enabled": link.enabled,
                    "latency_us": link.latency,
                    "mtu": link.mtu,
                    "down_count": link.down_count,
                }
                for link in self.links
            ],
            "votes": self.votes,
            "expected_votes": self.expected_votes,
            "total_votes": self.total_votes,
            "quorum": self.quorum,
            "flags": list(self.flags),
            "retransmits": self.retransmits,
            "token_losses": self.token_losses,
            "taken_at": self.taken_at,
            "error": self.error,
        }


@dataclass(frozen=True, slots=True)
class Ring:
    """All views put together. `healthy`: every node answers, all name one ring id and the same members, quorate, every
    link connected from both ends. `members`: of the largest quorate partition. `expected`: nodes in the cluster."""

    healthy: bool
    quorate: bool
    expected_count: int
    members: tuple[str, ...]
    nodes: tuple[NodeView, ...]
    findings: tuple[Finding, ...] = field(default=())

    def to_json(self) -> dict[str, object]:
        return {
            "healthy": self.healthy,
            "quorate": self.quorate,
            "expected": self.expected_count,
            "members": list(self.members),
            "nodes": [node.to_json() for node in self.nodes],
            "findings": [finding.to_json() for finding in self.findings],
        }


@dataclass(frozen=True, slots=True)
class RingEvent:
    """A change of the ring. `at`: operator's clock, Unix seconds. `text` is the change ("node3 joined"), `detail` what
    it means for the ring ("2 members, quorum kept"). `node` None: it concerns the whole ring."""

    at: float
    text: str
    severity: Severity = Severity.INFO
    node: str | None = None
    detail: str = ""

    def to_json(self) -> dict[str, object]:
        return {
            "at": self.at,
            "text": self.text,
            "severity": self.severity.value,
            "node": self.node,
            "detail": self.detail,
        }
