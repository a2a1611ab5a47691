"""A case in, findings out, best first: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from corotui.cluster.finding import Evidence, Finding, Severity
from corotui.cluster.text import clean_line
from corotui.doctor.case import Case, as_ip
from corotui.doctor.causes import address, daemon, files, packets, quorum, reach, refused
from corotui.doctor.evidence import NodeEvidence

_LOCAL = (
    reach.unreachable,
    reach.not_installed,
    daemon.hung,
    daemon.already_running,
    refused.refused,
    address.gone,
    address.loopback,
    packets.interfaces,
    packets.firewall,
    files.sample,
    files.key,
    files.conf,
    refused.directories,
    daemon.stopped,
)
_LONGEST = 400  # characters
_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2, Severity.OK: 3}
_WHOLE = ("split-brain", "separate-rings", "majority-lost")
LOOKED_AT = len(_LOCAL) + 5  # families of causes, for "looked at 18 things"


def diagnose(case: Case) -> tuple[Finding, ...]:
    """What is wrong: what concerns the whole ring, then certain causes, then by severity, in the order of the causes.

    A node that is outside the ring though nothing was found gets `unknown` with its last words.
    """
    found = [finding for cause in _LOCAL for finding in cause(case)]
    found += packets.silence(case, explained(found))
    found += unknown(case, explained(found))
    found += quorum.pauses(case)
    whole = [*quorum.split(case), *quorum.majority_lost(case, found)]
    order = {id(finding): place for place, finding in enumerate([*whole, *found])}
    ranked = sorted(
        [*whole, *found],
        key=lambda finding: (
            finding.code not in _WHOLE,
            _RANK[finding.severity] > 0,
            not finding.certain,
            _RANK[finding.severity],
            order[id(finding)],
        ),
    )
    return tuple(_shown(replace(finding, ruled_out=ruled_out(case, finding))) for finding in ranked)


def _shown(finding: Finding) -> Finding:
    """Without what a node could have put into its files to upset a terminal. Commands are left as they are: they hold
    only what was checked or quoted."""
    return replace(
        finding,
        what=clean_line(finding.what, limit=_LONGEST),
        why=clean_line(finding.why, limit=_LONGEST),
        place=clean_line(finding.place, limit=_LONGEST),
        evidence=tuple(replace(item, text=clean_line(item.text, limit=_LONGEST)) for item in finding.evidence),
        ruled_out=tuple(clean_line(text, limit=_LONGEST) for text in finding.ruled_out),
    )


def explained(findings: Sequence[Finding]) -> frozenset[str]:
    """Nodes of which an error says enough to keep them out of the ring; of a pair that is apart, both."""
    return frozenset(
        name
        for finding in findings
        if finding.severity is Severity.ERROR
        for name in ([finding.node] if finding.node is not None else [item.node for item in finding.evidence])
        if name is not None
    )


def undecided(case: Case, findings: Sequence[Finding]) -> bool:
    """Whether a second sample of the counters can tell more: a running node is outside or cut without a certain cause,
    or an error is not certain."""
    sure = {finding.node for finding in findings if finding.certain and finding.severity is Severity.ERROR}
    doubtful = any(not finding.certain and finding.code != "unknown" for finding in findings)
    lonely = any(
        node.view.running
        and not node.view.hung
        and node.name not in sure
        and (case.outside(node.name) or any(not link.connected and link.peer not in sure for link in node.view.links))
        for node in case.nodes
    )
    return doubtful or lonely or any(finding.code == "unknown" for finding in findings)


def unknown(case: Case, known: frozenset[str]) -> list[Finding]:
    """`unknown`: outside the ring, and nothing above says why. Honest, with the node's own last words."""
    alone = [node for node in case.nodes if node.reachable and case.outside(node.name) and node.name not in known]
    if not case.ring.quorate and known:
        # Without quorum everybody is outside; those that only wait for the others have nothing wrong.
        alone = [node for node in alone if not (node.view.running and not node.view.hung)]
    return [
        Finding(
            Severity.ERROR,
            "unknown",
            f"{node.name} is not in the ring, and nothing looked at says why.",
            node=node.name,
            why="These are its last words.",
            evidence=tuple(Evidence(line, node.name, "journal") for line in (node.journal or node.log)[-8:])
            or (Evidence("it logged nothing", node.name, "journal"),),
            certain=False,
        )
        for node in alone
    ]


def ruled_out(case: Case, finding: Finding) -> tuple[str, ...]:
    """What a finding of one node is not, and what shows it."""
    node = case.node(finding.node) if finding.node else None
    if node is None or node.facts is None or finding.severity is not Severity.ERROR:
        return ()
    words = [
        ("authkey", _same_key(case, node)),
        ("conf", _same_conf(case, node)),
        ("address", _address_there(case, node)),
        ("name-on", _names_fine(case, node)),
        ("daemon", _daemon_fine(node)),
    ]
    return tuple(text for family, text in words if text and not finding.code.startswith(family))


def _same_key(case: Case, node: NodeEvidence) -> str:
    assert node.facts is not None
    own = node.facts.corosync.authkey
    others = {
        other.facts.corosync.authkey.sha256
        for other in case.nodes
        if other.name != node.name and other.facts is not None and other.facts.corosync.authkey is not None
    }
    return "key differs (same hash)" if own is not None and own.sha256 and others == {own.sha256} else ""


def _same_conf(case: Case, node: NodeEvidence) -> str:
    return "configuration differs (same file)" if node.conf is not None and node.conf == case.truth else ""


def _address_there(case: Case, node: NodeEvidence) -> str:
    assert node.facts is not None
    here = {address.ip for _, address in node.facts.addresses()}
    own = [as_ip(text) for text in case.own_addresses(node.name).values()]
    there = [str(ip) for ip in own if ip in here]
    return f"address gone ({there[0]} is there)" if there and len(there) == len(own) else ""


def _names_fine(case: Case, node: NodeEvidence) -> str:
    written = [text for text in case.own_addresses(node.name).values() if as_ip(text) is None]
    for text in written:
        ips = case.resolved(text, node.name)
        if not ips or any(ip.is_loopback for ip in ips):
            return ""
    return f"name on loopback ({written[0]} means {case.resolved(written[0], node.name)[0]})" if written else ""


def _daemon_fine(node: NodeEvidence) -> str:
    return "daemon stopped (it answers)" if node.view.running and not node.view.hung else ""
