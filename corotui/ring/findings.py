"""What is wrong with a ring: its nodes, its membership, its votes and its links. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.cluster.finding import NODE_UNREACHABLE, Evidence, Finding, Severity
from corotui.cluster.limits import MAX_LISTED, beyond_limits, joined
from corotui.cluster.phrasing import format_count
from corotui.conf.version import version_or_none
from corotui.ring.expected import ExpectedRing
from corotui.ring.model import NodeView
from corotui.ring.partition import Partition, answering_views

SURPLUS_MEMBER = "not-expected"
"""Code of the finding for a member that the cluster directory does not name."""
VOTES_DIFFER = "votes-differ"
"""Code of the finding for votes that are not those of the configuration."""
_MAX_LINKS_DOWN = 2 * MAX_LISTED
"""Links with a finding of their own."""


def node_findings(views: Sequence[NodeView], expected: Sequence[str]) -> list[Finding]:
    """A finding for each node that was not asked, does not answer, or answers with what corosync never says."""
    unasked = sorted(set(expected) - {view.name for view in views})
    findings = [_error(NODE_UNREACHABLE, name, f"{name} was not asked.") for name in unasked]
    for view in views:
        findings += beyond_limits(view.name, view.left_out)
        if not view.reachable:
            findings.append(_error(NODE_UNREACHABLE, view.name, f"{view.name} cannot be reached: {view.error}"))
        elif view.hung:
            what = f"corosync on {view.name} runs but does not answer within 5 s."
            evidence = (Evidence(view.error, view.name),) if view.error else ()
            findings.append(Finding(Severity.ERROR, "daemon-hung", what, node=view.name, evidence=evidence))
        elif not view.running and not view.corosync_version and "not installed" in view.error:
            findings.append(_error("not-installed", view.name, f"{view.name} has no corosync."))
        elif not view.running:
            findings.append(
                _error("daemon-stopped", view.name, f"corosync does not answer on {view.name}: {view.error}.")
            )
        elif view.error:
            findings.append(
                Finding(
                    Severity.WARNING,
                    "not-understood",
                    f"Part of the answer of {view.name} was not understood.",
                    node=view.name,
                    evidence=(Evidence(view.error, view.name, "corosync-quorumtool -s"),),
                    certain=False,
                )
            )
    return findings


def membership_findings(
    views: Sequence[NodeView], parts: tuple[Partition, ...], main: Partition | None, expected: Sequence[str]
) -> list[Finding]:
    """Findings about who is in the ring. `main`: the largest quorate partition of `parts`, None without quorum."""
    findings: list[Finding] = []
    quorate = [part for part in parts if part.quorate]
    split = [part for part in quorate if main is not None and not set(part.members) & set(main.members)]
    if main is not None and split:
        findings.append(_separate_rings((main, *split)))
    if main is None and parts:
        reached = len(parts[0].members)
        findings.append(
            Finding(
                Severity.ERROR,
                "majority-lost",
                f"No node has quorum: the largest group has {reached} of {len(expected)} nodes.",
                why="Without quorum no node provides services.",
                evidence=tuple(_partition_evidence(part) for part in parts),
            )
        )
    if split and all(part.is_complete for part in quorate):
        return findings
    silent = {view.name for view in views if not (view.reachable and view.running) or view.hung}
    reference = main or (parts[0] if parts else None)
    if reference is None:
        return findings
    members = joined(reference.members, "+")
    for name in sorted(set(expected) - set(reference.members) - silent):
        own = next((part for part in parts if name in part.reporters), None)
        own_view = f" It sees {format_count(len(own.members), 'member')} itself." if own else ""
        findings.append(_error("member-missing", name, f"{name} is not in the ring of {members}.{own_view}"))
    findings += _unexpected_members(reference, expected)
    others = [part for part in parts if part is not reference and set(part.members) & set(reference.members)]
    if others:
        findings.append(
            Finding(
                Severity.WARNING,
                "views-disagree",
                "The nodes do not agree on one ring. After a change this passes within seconds; if it lasts, "
                "packets arrive in one direction only.",
                evidence=tuple(_partition_evidence(part) for part in (reference, *others)),
                certain=False,
            )
        )
    return findings


def _unexpected_members(part: Partition, expected: Sequence[str]) -> list[Finding]:
    """A finding for each of the first members that the cluster directory does not name, and one for the others."""
    evidence = (_partition_evidence(part),)
    names = sorted(set(part.members) - set(expected))
    findings = [
        Finding(
            Severity.ERROR,
            SURPLUS_MEMBER,
            f"{name} is in the ring, but not in this cluster directory.",
            node=name,
            why="It counts for quorum and takes part in every decision, although nobody here looks after it.",
            evidence=evidence,
        )
        for name in names[:MAX_LISTED]
    ]
    if len(names) > MAX_LISTED:
        what = f"{len(names) - MAX_LISTED:,} more nodes are in the ring, but not in this cluster directory."
        findings.append(Finding(Severity.ERROR, SURPLUS_MEMBER, what, evidence=evidence))
    return findings


def vote_findings(views: Sequence[NodeView], main: Partition | None, expected_ring: ExpectedRing) -> list[Finding]:
    """A finding if members count other votes than the configuration gives them.

    Votes of a ring that lacks members, or has too many, are no finding of their own.
    """
    if main is None or set(main.members) != set(expected_ring.nodes):
        return []
    wrong: dict[str, list[str]] = {}
    for view in views:
        release = version_or_none(view.corosync_version)
        if view.name not in main.reporters or (release is not None and release.grammar == 1):
            continue  # 1.x expects 1,024 votes by default, whatever the nodelist says
        for label, counted, configured in (
            ("total votes", view.total_votes, expected_ring.total_votes),
            ("expected votes", view.expected_votes, expected_ring.expected_votes),
        ):
            if counted is not None and configured is not None and counted != configured:
                wrong.setdefault(f"{counted} {label}, the configuration gives {configured}", []).append(view.name)
    if not wrong:
        return []
    first = next(iter(wrong))
    return [
        Finding(
            Severity.ERROR,
            VOTES_DIFFER,
            f"The ring counts {first}.",
            why="Quorum is computed from the votes that the daemons count, whatever the file says.",
            evidence=tuple(Evidence(text, ", ".join(names), "corosync-quorumtool -s") for text, names in wrong.items()),
        )
    ]


def _separate_rings(parts: tuple[Partition, ...]) -> Finding:
    """The finding for several quorate rings: a split brain if one misses nodes, else rings that are set up apart."""
    sides = " and ".join(joined(part.members, "+") for part in parts)
    evidence = tuple(_partition_evidence(part) for part in parts)
    if all(part.is_complete for part in parts):
        return Finding(
            Severity.ERROR,
            "separate-rings",
            f"The nodes form {len(parts)} rings that do not know each other: {sides}.",
            why="Each has a configuration that names only its own nodes.",
            evidence=evidence,
        )
    return Finding(
        Severity.ERROR,
        "split-brain",
        f"{len(parts)} rings have quorum at the same time: {sides}. All of them may write now.",
        why="Each side provides services on its own, and their data diverge.",
        evidence=evidence,
    )


def link_findings(views: Sequence[NodeView], main: Partition | None) -> list[Finding]:
    """A link that is down: between two members redundancy is lost, to another node it may be why that is missing.

    After the first _MAX_LINKS_DOWN, those between nodes that answer before others, the rest is only counted.
    """
    ends: dict[tuple[int, tuple[str, str]], dict[str, bool]] = {}
    source: dict[str, str] = {}
    answering = answering_views(views)
    for view in answering:
        members = frozenset(view.members)
        for link in view.links:
            if link.down_count is None and link.peer not in members:
                continue  # it only repeats the membership
            pair = (view.name, link.peer) if view.name < link.peer else (link.peer, view.name)
            ends.setdefault((link.link, pair), {})[view.name] = link.connected
            source[view.name] = "corosync-cfgtool -s" if link.down_count is None else "stats.knet"
    inside = set(main.members) if main else set()
    known = {view.name for view in answering}
    links_down = [item for item in sorted(ends.items()) if not all(item[1].values())]
    links_down.sort(key=lambda item: not known.issuperset(item[0][1]))
    findings: list[Finding] = []
    for (number, pair), connected_at in links_down[:_MAX_LINKS_DOWN]:
        down = sorted(name for name, connected in connected_at.items() if not connected)
        first, second = pair
        ends_down = "both ends say so" if len(down) == 2 else f"{down[0]} says so"
        if len(connected_at) == 2 and len(down) == 1:
            ends_down += f", {second if down[0] == first else first} says it is up"
        severity = Severity.WARNING if {first, second} <= inside else Severity.ERROR
        findings.append(
            Finding(
                severity,
                "link-down",
                f"Link {number} between {first} and {second} is down: {ends_down}.",
                node=down[0] if len(down) == 1 else None,
                place=f"link {number} {first}-{second}",
                evidence=tuple(Evidence(f"link {number} disconnected", name, source[name]) for name in down),
            )
        )
    if len(links_down) > _MAX_LINKS_DOWN:
        what = f"{len(links_down) - _MAX_LINKS_DOWN:,} more links are down."
        findings.append(Finding(Severity.WARNING, "link-down", what))
    return findings


def _error(code: str, node: str, what: str) -> Finding:
    return Finding(Severity.ERROR, code, what.rstrip(".") + ".", node=node)


def _partition_evidence(part: Partition) -> Evidence:
    state = "quorate" if part.quorate else "not quorate"
    ring = f"ring {part.ring_id}, " if part.ring_id else ""
    text = f"{ring}members {joined(part.members, '+')}, {state}"
    return Evidence(text, ", ".join(part.reporters), "corosync-quorumtool -s")
