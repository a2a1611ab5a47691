"""From the evidence to findings, the most important first. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from corotui.cluster.finding import ANSWER_UNUSABLE, UNEXPLAINED, Evidence, Finding, Severity
from corotui.cluster.limits import beyond_limits, hung_tools, joined
from corotui.cluster.text.bounded import one_line
from corotui.doctor.causes import NODE_CAUSES, packet_loss, quorum
from corotui.doctor.context import DiagnosisContext, parse_ip
from corotui.doctor.evidence import NodeEvidence

_MAX_TEXT = 400  # characters of a text in a finding
_RING_CODES = ("split-brain", "separate-rings", "majority-lost")
CAUSE_COUNT = len(NODE_CAUSES) + 7
"""Number of families of causes, for "checked 19 things"."""


def diagnose(context: DiagnosisContext) -> tuple[Finding, ...]:
    """What is wrong: first what concerns the whole ring, then errors, certain ones first, then the others.

    A node that is outside the ring without a known cause gets the finding `unknown` with the last lines of its log.
    """
    findings = [finding for cause in NODE_CAUSES for finding in cause(context)]
    findings += packet_loss.check_packet_loss(context, explained_nodes(findings))
    findings += find_unexplained(context, explained_nodes(findings))
    findings += find_unusable_answers(context, explained_nodes(findings))
    findings += quorum.check_pauses(context)
    for node in context.nodes:
        findings += hung_tools(node.name, node.hung)
        findings += _refused_logs(node)
        findings += beyond_limits(node.name, dict.fromkeys((*node.view.left_out, *node.left_out)))
    findings = [
        *quorum.check_split(context),
        *quorum.check_surplus(context),
        *quorum.check_majority(context, findings),
        *findings,
    ]
    order = {id(finding): position for position, finding in enumerate(findings)}
    ranked = sorted(
        findings,
        key=lambda finding: (
            finding.code not in _RING_CODES,
            finding.severity is not Severity.ERROR,
            not finding.certain,
            finding.severity.rank,
            order[id(finding)],
        ),
    )
    return tuple(_bounded(replace(finding, ruled_out=ruled_out(context, finding))) for finding in ranked)


def _refused_logs(node: NodeEvidence) -> list[Finding]:
    """`log-not-read`: a log file that others than root could have written."""
    return [
        Finding(
            Severity.INFO,
            "log-not-read",
            f"corosync's log file on {node.name} was not read. {line}.",
            node=node.name,
            place=line.partition(": ")[0],
            why="What others can write into a log is no evidence.",
        )
        for line in node.refused_logs
    ]


def _bounded(finding: Finding) -> Finding:
    """The finding with texts of bounded length, each on one line. Commands stay as they are: they hold
    only what was checked or quoted."""
    return replace(
        finding,
        what=one_line(finding.what, limit=_MAX_TEXT),
        why=one_line(finding.why, limit=_MAX_TEXT),
        place=one_line(finding.place, limit=_MAX_TEXT),
        evidence=tuple(replace(item, text=one_line(item.text, limit=_MAX_TEXT)) for item in finding.evidence),
        ruled_out=tuple(one_line(text, limit=_MAX_TEXT) for text in finding.ruled_out),
    )


def explained_nodes(findings: Sequence[Finding]) -> frozenset[str]:
    """Names of the nodes with an error that is enough to keep them out of the ring; both nodes of a pair."""
    return frozenset(
        name
        for finding in findings
        if finding.severity is Severity.ERROR
        for name in ([finding.node] if finding.node is not None else [item.node for item in finding.evidence])
        if name is not None
    )


def needs_second_sample(context: DiagnosisContext, findings: Sequence[Finding]) -> bool:
    """Whether a second sample of the counters can decide more.

    It can if a finding is not certain, or if a running node without a certain cause is outside the ring or has a link
    that is down.
    """
    certain = {finding.node for finding in findings if finding.certain and finding.severity is Severity.ERROR}
    uncertain = any(not finding.certain and finding.code != UNEXPLAINED for finding in findings)
    cut_off = any(
        node.view.running
        and not node.view.hung
        and node.name not in certain
        and (
            context.is_outside_ring(node.name)
            or any(not link.connected and link.peer not in certain for link in node.view.links)
        )
        for node in context.nodes
    )
    return uncertain or cut_off or any(finding.code == UNEXPLAINED for finding in findings)


def find_unexplained(context: DiagnosisContext, explained_names: frozenset[str]) -> list[Finding]:
    """`unknown` for each node that is outside the ring for no known cause, with the last lines of its log."""
    outside = [
        node
        for node in context.nodes
        if node.reachable and context.is_outside_ring(node.name) and node.name not in explained_names
    ]
    if not context.ring.quorate and explained_names:
        # Without quorum every node is outside; one that only waits for the others has nothing wrong.
        outside = [node for node in outside if not (node.view.running and not node.view.hung)]
    return [
        Finding(
            Severity.ERROR,
            UNEXPLAINED,
            f"{node.name} is not in the ring, and no known cause explains why.",
            node=node.name,
            why="The last lines of its log may say more.",
            evidence=tuple(Evidence(line, node.name, "journal") for line in (node.journal or node.log)[-8:])
            or (Evidence("it logged nothing", node.name, "journal"),),
            certain=False,
        )
        for node in outside
    ]


def find_unusable_answers(context: DiagnosisContext, explained_names: frozenset[str]) -> list[Finding]:
    """`answer-unusable` for each member of the ring whose own tools do not report the ring that the others report."""
    members = set(context.ring.members)
    return [
        Finding(
            Severity.ERROR,
            ANSWER_UNUSABLE,
            f"{node.name} is in the ring of the others, but what its own tools say of it cannot be used.",
            node=node.name,
            why="A tool there is broken or was replaced, or the membership changes just now.",
            evidence=(
                Evidence(_own_answer(node), node.name, "corosync-quorumtool -s"),
                Evidence(f"the ring has the members {joined(context.ring.members, '+')}"),
            ),
        )
        for node in context.nodes
        if node.reachable
        and node.name in members - explained_names
        and not node.view.hung
        and not (node.view.running and node.view.quorate and set(node.view.members) == members)
    ]


def _own_answer(node: NodeEvidence) -> str:
    if not node.view.running or not node.view.members:
        return node.view.error or "its tools name no members"
    return f"members {joined(node.view.members, '+')}, {'quorate' if node.view.quorate else 'not quorate'}"


def ruled_out(context: DiagnosisContext, finding: Finding) -> tuple[str, ...]:
    """Causes that a finding of one node does not have, each with what excludes it."""
    node = context.node(finding.node) if finding.node else None
    if node is None or node.facts is None or finding.severity is not Severity.ERROR:
        return ()
    excluded = [
        ("authkey", _rule_out_key(context, node)),
        ("conf", _rule_out_conf(context, node)),
        ("address", _rule_out_address(context, node)),
        ("name-on", _rule_out_name(context, node)),
        ("daemon", _rule_out_daemon(node)),
    ]
    return tuple(text for family, text in excluded if text and not finding.code.startswith(family))


def _rule_out_key(context: DiagnosisContext, node: NodeEvidence) -> str:
    assert node.facts is not None
    own = node.facts.corosync.authkey
    others = {
        other.facts.corosync.authkey.sha256
        for other in context.nodes
        if other.name != node.name and other.facts is not None and other.facts.corosync.authkey is not None
    }
    return "key differs (same hash)" if own is not None and own.sha256 and others == {own.sha256} else ""


def _rule_out_conf(context: DiagnosisContext, node: NodeEvidence) -> str:
    return "configuration differs (same file)" if node.conf is not None and node.conf == context.reference_conf else ""


def _rule_out_address(context: DiagnosisContext, node: NodeEvidence) -> str:
    assert node.facts is not None
    present = {address.ip for _, address in node.facts.routable_addresses()}
    configured = [parse_ip(text) for text in context.own_addresses(node.name).values()]
    kept = [str(ip) for ip in configured if ip in present]
    return f"address gone ({kept[0]} is present)" if kept and len(kept) == len(configured) else ""


def _rule_out_name(context: DiagnosisContext, node: NodeEvidence) -> str:
    written = [text for text in context.own_addresses(node.name).values() if parse_ip(text) is None]
    for text in written:
        ips = context.resolve(text, node.name)
        if not ips or any(ip.is_loopback for ip in ips):
            return ""
    return f"name on loopback ({written[0]} means {context.resolve(written[0], node.name)[0]})" if written else ""


def _rule_out_daemon(node: NodeEvidence) -> str:
    return "daemon stopped (it answers)" if node.view.running and not node.view.hung else ""
