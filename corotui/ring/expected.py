"""What a healthy ring consists of, according to the cluster directory. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from corotui.cluster.model import Node
from corotui.conf import parse
from corotui.conf.quorum import compute_quorum
from corotui.conf.version import Version
from corotui.ring.node_names import names_from_conf


@dataclass(frozen=True, slots=True)
class ExpectedRing:
    """The nodes and votes that a ring must have to be healthy."""

    nodes: tuple[str, ...]
    """Names of the cluster's nodes, in the order of cluster.toml."""
    names: Mapping[int, str] = field(default_factory=dict)
    """Node id -> name, from corosync.conf."""
    total_votes: int | None = None
    """Votes of all nodes and the quorum device; None if they are not checked."""
    expected_votes: int | None = None
    """Votes that every node expects; None if they are not checked."""


def expected_ring(nodes: Sequence[Node], conf: bytes | None, release: Version) -> ExpectedRing:
    """Returns what a ring of these nodes with this corosync.conf must be; `release` is the corosync that reads it."""
    return ring_from_conf([node.name for node in nodes], names_from_conf(conf, nodes), conf, release)


def ring_from_conf(
    members: Sequence[str], names: Mapping[int, str], conf: bytes | None, release: Version
) -> ExpectedRing:
    """Returns what a ring of nodes with these names must be. `names`: node id -> name.

    Votes are not checked without a file or without votequorum, and with 1.x, which counts them in another way
    (DEFAULT_EXPECTED_VOTES_V1). votequorum keeps the expected votes at the highest number of votes that it saw
    (exec/votequorum.c, recalculate_quorum, 3.1.7). With last_man_standing they follow the members, so only the total
    counts.
    """
    nodes = tuple(members)
    quorum = None
    if conf is not None and release.grammar != 1:
        quorum = compute_quorum(parse(conf).cmap(release), release, len(nodes))
    if quorum is None:
        return ExpectedRing(nodes, names)
    expected = None if quorum.last_man_standing else max(quorum.expected, quorum.votes)
    return ExpectedRing(nodes, names, total_votes=quorum.votes, expected_votes=expected)
