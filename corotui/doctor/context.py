"""All nodes' evidence together, and what follows from comparing it."""

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
from corotui.ring.membership import merge_views
from corotui.ring.model import Ring
from corotui.source.releases.target import release_for


@dataclass(frozen=True, slots=True)
class DiagnosisContext:
    """`conf`: the cluster directory's corosync.conf. `truth`: the one that holds, the directory's where a member of the
    ring has it (without a ring: any node), else what most nodes have; `truth_from`: nodes that have it. `meanings`:
    node -> what its own file means. `ids`: node -> node id in `truth`.
    """

    cluster: Cluster
    nodes: tuple[NodeEvidence, ...]
    ring: Ring
    conf: bytes | None = None
    reference_conf: bytes | None = None
    reference_nodes: tuple[str, ...] = ()
    reference_summary: ConfSummary = field(default_factory=ConfSummary)
    conf_summary: ConfSummary = field(default_factory=ConfSummary)
    summaries: Mapping[str, ConfSummary] = field(default_factory=dict)
    node_ids: Mapping[str, int] = field(default_factory=dict)

    def node(self, name: str) -> NodeEvidence | None:
        return next((node for node in self.nodes if node.name == name), None)

    @property
    def node_count(self) -> int:
        return len(self.nodes)

    def is_outside_ring(self, name: str) -> bool:
        """Not a member of the ring that has quorum; without quorum everybody is outside."""
        return name not in self.ring.members

    def reference_addresses(self, name: str) -> Mapping[int, str]:
        """Link -> address as written, of a node in the file that holds."""
        node_id = self.node_ids.get(name)
        return {} if node_id is None else self.reference_summary.addresses.get(node_id, {})

    def own_addresses(self, name: str) -> Mapping[int, str]:
        """Link -> address as written, of a node in its own file, which is what its daemon goes by."""
        own = self.summaries.get(name)
        node_id = find_own_node_id(self.node(name), own) if own else None
        return own.addresses.get(node_id, {}) if own and node_id is not None else {}

    def resolve(self, address: str, on: str) -> tuple[IpAddress, ...]:
        """What a written address means on a node: itself, or what the resolver there said."""
        literal = parse_ip(address)
        if literal is not None:
            return (literal,)
        node = self.node(on)
        if node is None or node.facts is None:
            return ()
        if address in node.facts.resolves:
            return node.facts.resolves[address]
        return node.facts.own_name if address in (node.facts.hostname, node.facts.fqdn) else ()

    def expected_address(self, name: str, link: int = 0) -> IpAddress | None:
        """A node's address on a link as it should be: what is written, or what the resolvers say beyond loopback."""
        written = self.reference_addresses(name).get(link) or self.own_addresses(name).get(link)
        if written is None:
            return None
        for on in (name, *(node.name for node in self.nodes if node.name != name)):
            for ip in self.resolve(written, on):
                if not ip.is_loopback:
                    return ip
        return self._address_in_peer_network(name, link)

    def _address_in_peer_network(self, name: str, link: int) -> IpAddress | None:
        """The one address a node has in a network where another node's address of that link lies."""
        node = self.node(name)
        others = [self.reference_addresses(other.name).get(link, "") for other in self.nodes if other.name != name]
        known = [ip for text in others if (ip := parse_ip(text)) is not None]
        for other in self.nodes:
            known += [ip for text in others for ip in self.resolve(text, other.name) if not ip.is_loopback]
        if node is None or node.facts is None:
            return None
        found = {
            address.ip for _, address in node.facts.routable_addresses() if any(ip in address.network for ip in known)
        }
        return found.pop() if len(found) == 1 else None


def build_context(cluster: Cluster, nodes: Sequence[NodeEvidence], conf: bytes | None) -> DiagnosisContext:
    """Compares the evidence once for all causes."""
    ring = merge_views([node.view for node in nodes], [node.name for node in nodes])
    files = {node.name: node.conf for node in nodes if node.conf is not None}
    meanings = {
        node.name: summarise_conf_of(data, node) for node in nodes if (data := files.get(node.name)) is not None
    }
    release = release_for({node.name: node.facts for node in nodes if node.facts is not None}, cluster.install)
    truth, truth_from = _choose_reference(conf, files, ring, release)
    truth_meaning = summary.summarise(truth, release) if truth is not None else ConfSummary()
    return DiagnosisContext(
        cluster=cluster,
        nodes=tuple(nodes),
        ring=ring,
        conf=conf,
        reference_conf=truth,
        reference_nodes=truth_from,
        reference_summary=truth_meaning,
        conf_summary=summary.summarise(conf, release) if conf is not None else ConfSummary(),
        summaries=meanings,
        node_ids=_find_node_ids(nodes, truth_meaning, meanings),
    )


def summarise_conf_of(data: bytes, node: NodeEvidence) -> ConfSummary:
    return summary.summarise(data, version_or_none(node.view.corosync_version) or DEFAULT_RELEASE)


def _choose_reference(
    conf: bytes | None, files: Mapping[str, bytes], ring: Ring, release: Version
) -> tuple[bytes | None, tuple[str, ...]]:
    meanings = {name: summary.summarise(data, release) for name, data in files.items()}
    values = {name: comparable_settings(found) for name, found in meanings.items() if not found.is_package_sample}
    if conf is not None:
        wanted = comparable_settings(summary.summarise(conf, release))
        holders = tuple(name for name, found in values.items() if found == wanted)
        if not values or (holders and (not ring.members or set(holders) & set(ring.members))):
            return conf, holders
    frozen = {name: tuple(sorted(found.items())) for name, found in values.items()}
    best = majority_value(frozen, ring.members)
    holders = tuple(name for name, found in frozen.items() if found == best)
    return (files[holders[0]], holders) if holders else (None, ())


def comparable_settings(found: ConfSummary) -> dict[str, str]:
    """What must be the same on all nodes: the nodelist by node id instead of by place, without what is each node's own
    affair (logging) or without effect beside a nodelist (bindnetaddr)."""
    places = {
        key.split(".")[2]: value
        for key, value in found.cmap.items()
        if key.startswith("nodelist.node.") and key.endswith(".nodeid")
    }
    out: dict[str, str] = {}
    for key, value in found.cmap.items():
        parts = key.split(".")
        if parts[0] == "logging" or (parts[-1] == "bindnetaddr" and places):
            continue
        if parts[:2] == ["nodelist", "node"] and len(parts) == 4 and parts[2] in places:
            parts[2] = places[parts[2]]
        out[".".join(parts)] = value
    return out


def majority_value(values: Mapping[str, object], members: Iterable[str]) -> object | None:
    """The value most nodes have; where two are as many, the one that more members of the ring have, then the first."""
    count = Counter(values.values())
    inside = Counter(values[name] for name in members if name in values)
    return max(count, key=lambda value: (count[value], inside[value]), default=None)


def _find_node_ids(
    nodes: Sequence[NodeEvidence], truth: ConfSummary, meanings: Mapping[str, ConfSummary]
) -> dict[str, int]:
    """By the name in the file, else by an address that the node has, else by what its daemon says."""
    by_name = {name: node_id for node_id, name in truth.node_names.items() if name}
    found: dict[str, int] = {}
    for node in nodes:
        node_id = by_name.get(node.name)
        if node_id is None:
            node_id = find_own_node_id(node, truth)
        if node_id is None:
            node_id = node.view.node_id
        if node_id is not None:
            found[node.name] = node_id
    return found


def find_own_node_id(node: NodeEvidence | None, found: ConfSummary) -> int | None:
    """The nodelist's entry that is this node, in the order in which corosync looks: its host name, short host name, an
    address of its own (exec/totemconfig.c find_local_node, 3.1.7). `node` is also known by its name here."""
    if node is None:
        return None
    facts = node.facts
    hostname = facts.hostname if facts else ""
    for wanted in (hostname, hostname.split(".")[0], node.name):
        for node_id, name in found.node_names.items():
            if wanted and (name == wanted or wanted in found.addresses.get(node_id, {}).values()):
                return node_id
    own = {address.ip for _, address in facts.routable_addresses()} if facts else set()
    for node_id, addresses in found.addresses.items():
        if any(parse_ip(address) in own for address in addresses.values()):
            return node_id
    return None


def link_port(context: DiagnosisContext, link: int) -> int:
    """UDP port of a link: its mcastport, by default 5405 + link (man 5 corosync.conf, knet)."""
    written = context.reference_summary.cmap.get(f"totem.interface.{link}.mcastport", "")
    return int(written) if written.isascii() and written.isdigit() and len(written) < 6 else BASE_PORT + link


def parse_ip(text: str) -> IpAddress | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
