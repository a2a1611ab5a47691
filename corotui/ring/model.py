"""The ring as the nodes see it, and its changes."""

from __future__ import annotations

from dataclasses import dataclass

from corotui.cluster.finding import Finding, Severity


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link to one peer as a node sees it."""

    link: int
    """Number of the link, from 0."""
    peer: str
    """Name of the peer."""
    connected: bool
    """Whether the peer answers on it."""
    enabled: bool = True
    """Whether the daemon uses it."""
    latency: int | None = None
    """Average round trip in microseconds, None where this version of corosync does not report it."""
    mtu: int | None = None
    """Bytes."""
    down_count: int | None = None
    """How often the link went down since corosync started, None where it does not count."""


@dataclass(frozen=True, slots=True)
class NodeView:
    """The ring as one node sees it."""

    name: str
    """Name of the node."""
    reachable: bool
    """Whether ssh answered."""
    taken_at: float
    """When the node answered last: Unix seconds by this machine's clock."""
    corosync_version: str = ""
    """Installed version, "" where there is none."""
    running: bool = False
    """Whether corosync runs: it answered, or a query to it timed out."""
    hung: bool = False
    """Whether corosync runs but left at least one query unanswered for 5 s."""
    node_id: int | None = None
    """Its nodeid; None if unknown."""
    ring_id: str = ""
    """As corosync-quorumtool prints it: "1.e"."""
    quorate: bool = False
    """Whether it reports quorum."""
    members: tuple[str, ...] = ()
    """Names from corosync.conf; the node id as text where a node has no name."""
    links: tuple[LinkView, ...] = ()
    """Its links to the other nodes."""
    votes: int | None = None
    """Votes of this node."""
    expected_votes: int | None = None
    """Expected votes; None if unknown."""
    total_votes: int | None = None
    """Votes of all members."""
    quorum: int | None = None
    """Votes needed for quorum."""
    flags: tuple[str, ...] = ()
    """Flags of votequorum: Quorate, WaitForAll ..."""
    retransmits: int | None = None
    """Retransmitted messages since corosync started."""
    error: str = ""
    """Why the node did not answer, or what of its answer was not understood."""
    token_losses: int | None = None
    """Lost tokens since corosync started."""
    left_out: tuple[str, ...] = ()
    """What its answer held beyond the limits of corosync, a sentence for each kind."""

    def to_json(self) -> dict[str, object]:
        """The view as a JSON object."""
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
            "left_out": list(self.left_out),
        }


@dataclass(frozen=True, slots=True)
class Ring:
    """The ring, merged from the views of all nodes."""

    healthy: bool
    """Whether every node answers, all report the same ring id and exactly the expected members and votes, with quorum,
    and every link is connected from both ends."""
    quorate: bool
    """Whether the ring has quorum."""
    expected_count: int
    """Number of nodes of the cluster."""
    members: tuple[str, ...]
    """Names of the members of the largest quorate partition."""
    nodes: tuple[NodeView, ...]
    """The view of each node."""
    findings: tuple[Finding, ...] = ()
    """What is wrong with the ring as a whole."""

    def to_json(self) -> dict[str, object]:
        """The ring as a JSON object."""
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
    """A change of the ring."""

    at: float
    """Unix seconds by this machine's clock."""
    text: str
    """What changed: "node3 joined"."""
    severity: Severity = Severity.INFO
    """How bad it is."""
    node: str | None = None
    """Name of the node concerned, None for the whole ring."""
    detail: str = ""
    """What it means for the ring: "2 members, quorum kept"."""

    def to_json(self) -> dict[str, object]:
        """The event as a JSON object."""
        return {
            "at": self.at,
            "text": self.text,
            "severity": self.severity.value,
            "node": self.node,
            "detail": self.detail,
        }
