"""From the output of the ring script to a node's view of the ring."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from corotui.cluster.limits import MAX_LINES, MAX_PATHS, excess
from corotui.cluster.text.bounded import one_line
from corotui.conf.constants import MAX_NODES
from corotui.ring.model import LinkView, NodeView
from corotui.ring.tools import cfgtool, cmap, quorumtool
from corotui.ssh.remote_script import MISSING_SECTION, OutputSection, describe_limits

NO_PROVIDER = "NoProvider"
"""A flag that corosync does not have: no quorum provider is configured, so corosync decides no quorum."""
_MAX_ERROR_LENGTH = 400  # characters of an answer that was not understood

_VERSION = re.compile(r"version '([^']{1,40})'")
_STAT = re.compile(r"^stats\.knet\.node(\d{1,10})\.link(\d{1,2})\.(\w+)$")
_COUNTERS = ("stats.srp.", "runtime.totem.pg.mrp.srp.")

ERROR_TEXTS = {
    2: "corosync is not running",
    6: "corosync is busy (CS_ERR_TRY_AGAIN)",
    11: "corosync gives this user no access (CS_ERR_ACCESS)",
    15: "corosync cannot answer, /dev/shm is full (CS_ERR_NO_SPACE)",
}
_ERROR_CODES = {"CS_ERR_LIBRARY": 2, "CS_ERR_TRY_AGAIN": 6, "CS_ERR_ACCESS": 11, "CS_ERR_NO_SPACE": 15}


@dataclass(frozen=True, slots=True)
class NodeReport:
    """The parsed output of the ring script, with node ids in place of names."""

    node: str
    """Name of the node that was queried."""
    taken_at: float
    """Unix seconds by this machine's clock."""
    sections: Mapping[str, OutputSection]
    """The raw output by section."""
    cmap: Mapping[str, str]
    """The configuration map; with 1.4 the object database."""
    stats: Mapping[str, str]
    """The selected statistics."""
    status: cfgtool.CfgtoolStatus | None
    """Output of `corosync-cfgtool -s`; None if it did not run."""
    paths: tuple[cfgtool.KnetPath, ...]
    """Links to reachable peers."""
    quorum: quorumtool.QuorumStatus | None
    """Output of `corosync-quorumtool -s`; None if it did not run."""
    left_out: tuple[str, ...] = ()
    """What the answer holds beyond the limits of corosync, a sentence for each kind."""

    @property
    def size(self) -> int:
        """Length of the raw output in characters."""
        return sum(len(section.text) for section in self.sections.values())

    @property
    def node_id(self) -> int | None:
        """The node's own id as it reports it, None if it does not."""
        if self.quorum is not None and self.quorum.node_id is not None:
            return self.quorum.node_id
        node_id = cmap.local_node_id(self.cmap)
        if node_id is not None:
            return node_id
        return self.status.node_id if self.status else None


def parse_report(node: str, sections: Mapping[str, OutputSection], taken_at: float) -> NodeReport:
    """Parses the sections. Never raises: what is not understood is left out, and stays in `sections`."""

    def text(name: str) -> str:
        return sections.get(name, MISSING_SECTION).text

    values = cmap.parse(text("cmap")) if "cmap" in sections else cmap.parse_objects(text("objects"))
    stats = cmap.parse(text("stats"))
    quorum = quorumtool.parse(text("quorumtool"))
    return NodeReport(
        node=node,
        taken_at=taken_at,
        sections=sections,
        cmap=values,
        stats=stats,
        status=cfgtool.parse(text("cfgtool")),
        paths=cfgtool.parse_paths(text("paths")),
        quorum=quorum,
        left_out=(
            *describe_limits(sections)[1],
            *excess("corosync-quorumtool", "members", quorum.member_count if quorum else 0, MAX_NODES),
            *excess("corosync-cmapctl", "members", len(cmap.member_ids(values)), MAX_NODES),
            *excess("corosync-cmapctl -m stats", "links", len(_knet_counters(stats)), MAX_PATHS),
            *(
                text
                for name, section in sections.items()
                for text in excess(name, "lines", section.text.count("\n"), MAX_LINES)
            ),
        ),
    )


def _knet_counters(stats: Mapping[str, str]) -> dict[tuple[int, int], dict[str, int]]:
    """knet's statistics: (link number, node id of the peer) -> counter -> value."""
    table: dict[tuple[int, int], dict[str, int]] = {}
    for key, value in stats.items():
        if match := _STAT.match(key):
            table.setdefault((int(match[2]), int(match[1])), {})[match[3]] = cmap.parse_int(value) or 0
    return table


def make_view(report: NodeReport, names: Mapping[int, str]) -> NodeView:
    """Returns the view of a node that answered. `names`: node id -> name; other ids have the running nodelist's."""
    known = {**cmap.nodelist(report.cmap), **names}
    if report.node_id is not None:
        known[report.node_id] = report.node  # whatever its file says, this is the node that was queried
    hung_tools = describe_limits({name: each for name, each in report.sections.items() if name != "version"})[0]
    hung = bool(hung_tools)
    running = bool(report.cmap) or report.quorum is not None or report.status is not None
    version = _VERSION.search(report.sections.get("version", MISSING_SECTION).text)
    if not running:
        return NodeView(
            name=report.node,
            reachable=True,
            taken_at=report.taken_at,
            corosync_version=version[1] if version else "",
            running=hung,
            hung=hung,
            error="; ".join(hung_tools) or _explain_silence(report),
            left_out=report.left_out,
        )
    quorum = report.quorum or quorumtool.QuorumStatus()
    ids = tuple(member.node_id for member in quorum.members) or cmap.member_ids(report.cmap)[:MAX_NODES]
    flags, quorate = _quorate(report, quorum, ids, known)
    addresses = (
        cmap.addresses(report.cmap) if "objects" in report.sections else {}
    )  # the ids of 1.4 mean nothing to a reader
    named = {**{member: addresses.get(member, str(member)) for member in ids}, **known}
    return NodeView(
        name=report.node,
        reachable=True,
        taken_at=report.taken_at,
        corosync_version=version[1] if version else "",
        running=True,
        hung=hung,
        node_id=report.node_id,
        ring_id=quorum.ring_id,
        quorate=quorate,
        members=tuple(named[member] for member in ids),
        links=_links(report, named, ids),
        votes=quorum.votes,
        expected_votes=quorum.expected_votes,
        total_votes=quorum.total_votes,
        quorum=quorum.quorum,
        flags=flags,
        retransmits=_counter(report, "mcast_retx"),
        token_losses=_counter(report, "operational_token_lost"),
        left_out=report.left_out,
        error="; ".join(hung_tools) or _explain_missing_quorum(report, flags),
    )


def _quorate(
    report: NodeReport, quorum: quorumtool.QuorumStatus, ids: tuple[int, ...], known: Mapping[int, str]
) -> tuple[tuple[str, ...], bool]:
    provider = report.cmap.get("quorum.provider", quorum.provider)
    if not provider and report.cmap and not quorum.flags:
        return (*quorum.flags, NO_PROVIDER), 2 * len(ids) > max(len(known), _member_blocks(report), 1)
    return quorum.flags, quorum.quorate is True


def _member_blocks(report: NodeReport) -> int:
    """Number of nodes of a 1.4 ring without a nodelist. All their keys are equal, so the lines are counted."""
    text = report.sections.get("objects", MISSING_SECTION).text
    return len(set(re.findall(r"^totem\.interface\.member\.memberaddr=(.+)$", text, re.MULTILINE)))


def _links(report: NodeReport, named: Mapping[int, str], ids: tuple[int, ...]) -> tuple[LinkView, ...]:
    """The links to all peers: for knet from its statistics.

    Other transports have no state for each peer, so a link counts as connected if the peer is a member and the
    redundant ring (2.x) is not marked as faulty. cfgtool prints "connected" there in any case (3.1.7).
    """
    own = report.node_id
    table = sorted(_knet_counters(report.stats).items())[:MAX_PATHS]
    if table:
        return tuple(
            _knet_link(link, named.get(peer, str(peer)), counters) for (link, peer), counters in table if peer != own
        )
    if report.cmap.get("totem.transport", "") == "knet" and report.status is not None:
        return tuple(
            LinkView(link, named.get(peer, str(peer)), state.startswith("connected"), "not enabled" not in state)
            for link, status in sorted(report.status.links.items())
            for peer, state in sorted(status.peer_states.items())
            if peer != own
        )
    rings = report.status.rings if report.status else {}
    members = frozenset(ids)
    peers = sorted(({*named, *ids}) - {own})[:MAX_NODES]
    return tuple(
        LinkView(link, named.get(peer, str(peer)), peer in members and not (link in rings and rings[link].faulty))
        for link in sorted(rings) or [0]
        for peer in peers
    )


def _knet_link(link: int, peer: str, stats: Mapping[str, int]) -> LinkView:
    connected = bool(stats.get("connected"))
    return LinkView(
        link=link,
        peer=peer,
        connected=connected,
        enabled=bool(stats.get("enabled", 1)),
        latency=stats.get("latency_ave") if connected else None,  # a link that is down keeps the last value
        mtu=stats.get("mtu"),
        down_count=_down_count(stats, connected),
    )


def _down_count(stats: Mapping[str, int], connected: bool) -> int | None:
    """How often the link went down after it had been up.

    knet also counts the state before the first connection (corosync 3.1.7, kronosnet 1.25: down_count 1, up_count 1 on
    a new link).
    """
    ups = stats.get("up_count")
    return stats.get("down_count") if ups is None else max(0, ups - connected)


def _counter(report: NodeReport, name: str) -> int | None:
    for prefix in _COUNTERS:
        for values in (report.stats, report.cmap):
            value = cmap.parse_int(values.get(prefix + name))
            if value is not None:
                return value
    return None


def error_code(text: str) -> int | None:
    """The cs_error_t in the output of a tool: 2 library, 6 try again, 11 access, 15 no space; None without one."""
    for name, code in _ERROR_CODES.items():
        if name in text:
            return code
    match = re.search(r"(?:API error|library. Error) (\d{1,3})\b", text)
    return int(match[1]) if match else None


def _explain_silence(report: NodeReport) -> str:
    answers = [report.sections.get(name, MISSING_SECTION) for name in ("cmap", "objects", "cfgtool", "quorumtool")]
    if all(section.exit_code in (127, None) and not section.text for section in answers):
        if report.sections.get("version", MISSING_SECTION).exit_code == 127:
            return "corosync is not installed"
        return "corosync's tools are not installed"
    for section in answers:
        code = error_code(section.text)
        if code == 6 and "objects" in report.sections:
            return ERROR_TEXTS[2]  # 1.4 returns "try again" where no daemon runs
        if code is not None:
            return ERROR_TEXTS.get(code, f"corosync's tools fail with error {code}")
    raw = next((section.text for section in answers if section.text.strip()), "")
    if "initialize" in raw or "initialise" in raw:
        return ERROR_TEXTS[2]
    return one_line(raw, limit=_MAX_ERROR_LENGTH) or "corosync's tools printed nothing"


def _explain_missing_quorum(report: NodeReport, flags: tuple[str, ...]) -> str:
    section = report.sections.get("quorumtool", MISSING_SECTION)
    if report.quorum is not None or section.exit_code == 127 or NO_PROVIDER in flags:
        return ""
    return one_line(section.text.strip(), limit=_MAX_ERROR_LENGTH)
