"""What the causes look at: the evidence of all nodes, and what follows from comparing it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

from corotui.cluster.model import Cluster
from corotui.conf import summary
from corotui.conf.constants import BASE_PORT, DEFAULT_RELEASE
from corotui.conf.summary import ConfSummary
from corotui.conf.version import Version, version_or_none
from corotui.doctor.evidence import NodeEvidence
from corotui.facts.model import IpAddress
from corotui.ring.expected import ring_from_conf
from corotui.ring.membership import merge_views
from corotui.ring.model import Ring
from corotui.ring.node_names import names_from_conf
from corotui.source.releases.target import release_for


@dataclass(frozen=True, slots=True)
class DiagnosisContext:
    """The evidence of all nodes, and what follows from comparing it.

    The reference configuration is the one that every node should have: that of the cluster directory if a member of the
    ring has it (without a ring: any node), else the one that most nodes have.
    """

    cluster: Cluster
    """The cluster as cluster.toml describes it."""
    nodes: tuple[NodeEvidence, ...]
    """The evidence of each node, in the order of cluster.toml."""
    ring: Ring
    """The ring as all nodes together see it."""
    conf: bytes | None = None
    """corosync.conf of the cluster directory, None if there is none."""
    reference_conf: bytes | None = None
    """The reference configuration; None if no node has one."""
    reference_nodes: tuple[str, ...] = ()
    """Names of the nodes that have the reference configuration."""
    reference_summary: ConfSummary = field(default_factory=ConfSummary)
    """What it means for the daemon."""
    conf_summary: ConfSummary = field(default_factory=ConfSummary)
    """Summary of `conf`."""
    summaries: Mapping[str, ConfSummary] = field(default_factory=dict)
    """Node name -> summary of its own corosync.conf."""
    node_ids: Mapping[str, int] = field(default_factory=dict)
    """Node name -> node id in the reference configuration."""

    def node(self, name: str) -> NodeEvidence | None:
        """The evidence of a node, None for an unknown name."""
        return next((node for node in self.nodes if node.name == name), None)

    @property
    def node_count(self) -> int:
        """Number of nodes of the cluster."""
        return len(self.nodes)

    def is_outside_ring(self, name: str) -> bool:
        """Whether a node is no member of the quorate ring; without quorum every node is outside."""
        return name not in self.ring.members

    def reference_addresses(self, name: str) -> Mapping[int, str]:
        """Link number -> address as written, of a node in the reference configuration."""
        node_id = self.node_ids.get(name)
        return {} if node_id is None else self.reference_summary.addresses.get(node_id, {})

    def own_addresses(self, name: str) -> Mapping[int, str]:
        """Link number -> address as written, of a node in its own file, which is the one that its daemon reads."""
        own = self.summaries.get(name)
        node_id = find_own_node_id(self.node(name), own) if own else None
        return own.addresses.get(node_id, {}) if own and node_id is not None else {}

    def resolve(self, address: str, node_name: str) -> tuple[IpAddress, ...]:
        """The IP addresses that a written address means on a node: itself, or what the node's resolver returned."""
        literal = parse_ip(address)
        if literal is not None:
            return (literal,)
        node = self.node(node_name)
        if node is None or node.facts is None:
            return ()
        if address in node.facts.resolves:
            return node.facts.resolves[address]
        return node.facts.own_name if address in (node.facts.hostname, node.facts.fqdn) else ()

    def expected_address(self, name: str, link: int = 0) -> IpAddress | None:
        """The IP address that a node should have on a link; None if it cannot be told.

        It is taken from the reference configuration, else from the node's own file. A name is resolved by the node
        itself first, then by the others; loopback answers are skipped. If nothing resolves, it is the node's only
        address in a peer's network.
        """
        written = self.reference_addresses(name).get(link) or self.own_addresses(name).get(link)
        if written is None:
            return None
        for resolving_node in (name, *(node.name for node in self.nodes if node.name != name)):
            for ip in self.resolve(written, resolving_node):
                if not ip.is_loopback:
                    return ip
        return self._address_in_peer_network(name, link)

    def _address_in_peer_network(self, name: str, link: int) -> IpAddress | None:
        """The node's address in the network of another node's address on that link; None unless exactly one fits."""
        node = self.node(name)
        written = [self.reference_addresses(peer.name).get(link, "") for peer in self.nodes if peer.name != name]
        peer_ips = [ip for text in written if (ip := parse_ip(text)) is not None]
        for other in self.nodes:
            peer_ips += [ip for text in written for ip in self.resolve(text, other.name) if not ip.is_loopback]
        if node is None or node.facts is None:
            return None
        candidates = {
            address.ip
            for _, address in node.facts.routable_addresses()
            if any(ip in address.network for ip in peer_ips)
        }
        return candidates.pop() if len(candidates) == 1 else None


def build_context(cluster: Cluster, nodes: Sequence[NodeEvidence], conf: bytes | None) -> DiagnosisContext:
    """Compares the evidence of all nodes, once for all causes. `conf` is the cluster directory's corosync.conf."""
    files = {node.name: node.conf for node in nodes if node.conf is not None}
    summaries = {node.name: summarise_conf_of(node.conf, node) for node in nodes if node.conf is not None}
    release = release_for({node.name: node.facts for node in nodes if node.facts is not None}, cluster.install)
    names = names_from_conf(conf, cluster.nodes)
    expected = ring_from_conf([node.name for node in nodes], names, conf, release)
    ring = merge_views([node.view for node in nodes], expected)
    reference, reference_nodes = _choose_reference(conf, files, ring, release)
    reference_summary = summary.summarise(reference, release) if reference is not None else ConfSummary()
    return DiagnosisContext(
        cluster=cluster,
        nodes=tuple(nodes),
        ring=ring,
        conf=conf,
        reference_conf=reference,
        reference_nodes=reference_nodes,
        reference_summary=reference_summary,
        conf_summary=summary.summarise(conf, release) if conf is not None else ConfSummary(),
        summaries=summaries,
        node_ids=_find_node_ids(nodes, reference_summary),
    )


def summarise_conf_of(data: bytes, node: NodeEvidence) -> ConfSummary:
    """Summarises a corosync.conf as the corosync of that node reads it."""
    return summary.summarise(data, version_or_none(node.view.corosync_version) or DEFAULT_RELEASE)


def _choose_reference(
    conf: bytes | None, files: Mapping[str, bytes], ring: Ring, release: Version
) -> tuple[bytes | None, tuple[str, ...]]:
    """The reference configuration and the nodes that have it; (None, ()) where no node has a usable file."""
    summaries = {name: summary.summarise(data, release) for name, data in files.items()}
    settings = {name: comparable_settings(own) for name, own in summaries.items() if not own.is_package_sample}
    if conf is not None:
        wanted = comparable_settings(summary.summarise(conf, release))
        holders = tuple(name for name, own in settings.items() if own == wanted)
        if not settings or (holders and (not ring.members or set(holders) & set(ring.members))):
            return conf, holders
    frozen = {name: tuple(sorted(own.items())) for name, own in settings.items()}
    best = majority_value(frozen, ring.members)
    holders = tuple(name for name, own in frozen.items() if own == best)
    return (files[holders[0]], holders) if holders else (None, ())


def comparable_settings(conf: ConfSummary) -> dict[str, str]:
    """The cmap keys and values that must be the same on all nodes.

    Keys of the nodelist name the node id in place of the position. Left out is what may differ between nodes (logging)
    and what has no effect beside a nodelist (bindnetaddr).
    """
    node_ids = {
        key.split(".")[2]: value
        for key, value in conf.cmap.items()
        if key.startswith("nodelist.node.") and key.endswith(".nodeid")
    }
    settings: dict[str, str] = {}
    for key, value in conf.cmap.items():
        parts = key.split(".")
        if parts[0] == "logging" or (parts[-1] == "bindnetaddr" and node_ids):
            continue
        if parts[:2] == ["nodelist", "node"] and len(parts) == 4 and parts[2] in node_ids:
            parts[2] = node_ids[parts[2]]
        settings[".".join(parts)] = value
    return settings


def majority_value(values: Mapping[str, object], members: Iterable[str]) -> object | None:
    """The value that most nodes have; of two that are as frequent, the one of more ring members, then the first."""
    count = Counter(values.values())
    inside = Counter(values[name] for name in members if name in values)
    return max(count, key=lambda value: (count[value], inside[value]), default=None)


def _find_node_ids(nodes: Sequence[NodeEvidence], reference: ConfSummary) -> dict[str, int]:
    """Node name -> node id: by the name in the file, else by an address of the node, else by its daemon."""
    by_name = {name: node_id for node_id, name in reference.node_names.items() if name}
    node_ids: dict[str, int] = {}
    for node in nodes:
        node_id = by_name.get(node.name)
        if node_id is None:
            node_id = find_own_node_id(node, reference)
        if node_id is None:
            node_id = node.view.node_id
        if node_id is not None:
            node_ids[node.name] = node_id
    return node_ids


def find_own_node_id(node: NodeEvidence | None, conf: ConfSummary) -> int | None:
    """The node id of the nodelist entry that is this node, None where none is.

    Tried in the order of corosync: host name, short host name, an address of the node (exec/totemconfig.c
    find_local_node, 3.1.7); and before addresses the node's name in cluster.toml.
    """
    if node is None:
        return None
    facts = node.facts
    hostname = facts.hostname if facts else ""
    for wanted in (hostname, hostname.split(".")[0], node.name):
        for node_id, name in conf.node_names.items():
            if wanted and (name == wanted or wanted in conf.addresses.get(node_id, {}).values()):
                return node_id
    own = {address.ip for _, address in facts.routable_addresses()} if facts else set()
    for node_id, addresses in conf.addresses.items():
        if any(parse_ip(address) in own for address in addresses.values()):
            return node_id
    return None


def link_port(context: DiagnosisContext, link: int) -> int:
    """UDP port of a link: its mcastport, by default 5405 + link (man 5 corosync.conf, knet)."""
    written = context.reference_summary.cmap.get(f"totem.interface.{link}.mcastport", "")
    return int(written) if written.isascii() and written.isdigit() and len(written) < 6 else BASE_PORT + link


def parse_ip(text: str) -> IpAddress | None:
    """The IP address that a text is, None for any other text."""
    try:
        return ip_address(text)
    except ValueError:
        return None
