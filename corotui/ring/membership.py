"""From all nodes' views to the ring: pure, and never trusting one node's own answer.

A node that was cut off goes on telling "3 members, quorate" for token + consensus (8 s with the defaults), so what
counts is on how many voices a membership stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from corotui.cluster.finding import NODE_UNREACHABLE, Evidence, Finding, Severity, by_severity
from corotui.cluster.phrasing import format_count
from corotui.ring.model import NodeView, Ring


@dataclass(frozen=True, slots=True)
class Partition:
    """Nodes that name the same ring and the same members. `voices`: those that say so themselves. `complete`: they know
    of no other node that could be with them."""

    ring_id: str
    members: tuple[str, ...]
    reporters: tuple[str, ...]
    quorate: bool
    is_complete: bool = False


def partitions(views: Sequence[NodeView]) -> tuple[Partition, ...]:
    """Largest first: by voices, then by members, then by name, so that the order is total."""
    groups: dict[tuple[str, frozenset[str], bool], list[NodeView]] = {}
    for view in answering_views(views):
        groups.setdefault((view.ring_id, frozenset(view.members), view.quorate), []).append(view)
    found = [
        Partition(
            ring_id,
            group[0].members,
            tuple(view.name for view in group),
            quorate,
            is_complete=all(
                view.expected_votes is not None and view.expected_votes == view.total_votes for view in group
            ),
        )
        for (ring_id, _, quorate), group in groups.items()
    ]
    return tuple(sorted(found, key=lambda part: (-len(part.reporters), -len(part.members), part.reporters)))


def answering_views(views: Sequence[NodeView]) -> tuple[NodeView, ...]:
    """Views of nodes whose corosync told its members just now."""
    return tuple(view for view in views if view.reachable and view.running and view.members and not view.hung)


def merge_views(views: Sequence[NodeView], expected: Sequence[str]) -> Ring:
    """All views put together; see Ring for what `healthy` and `members` mean."""
    order = {name: position for position, name in enumerate(expected)}
    parts = partitions(views)
    main = next((part for part in parts if part.quorate), None)
    members = tuple(sorted(main.members, key=lambda name: (order.get(name, len(order)), name))) if main else ()
    given = {view.name: view for view in views}
    ordered = tuple(sorted(given.values(), key=lambda view: (order.get(view.name, len(order)), view.name)))
    findings = (
        *_node_findings(ordered, expected),
        *_membership_findings(ordered, parts, main, expected),
        *_link_findings(ordered, main),
    )
    return Ring(
        healthy=main is not None
        and len(parts) == 1
        and set(expected) <= set(members)
        and set(expected) <= set(main.reporters)
        and all(link.connected for view in ordered for link in view.links)
        and not any(view.hung for view in ordered),
        quorate=main is not None,
        expected_count=len(expected),
        members=members,
        nodes=ordered,
        findings=by_severity(findings),
    )


def _node_findings(views: Sequence[NodeView], expected: Sequence[str]) -> list[Finding]:
    unasked = sorted(set(expected) - {view.name for view in views})
    found = [_error(NODE_UNREACHABLE, name, f"{name} was not asked.") for name in unasked]
    for view in views:
        if not view.reachable:
            found.append(_error(NODE_UNREACHABLE, view.name, f"{view.name} cannot be reached: {view.error}"))
        elif view.hung:
            found.append(
                _error("daemon-hung", view.name, f"corosync on {view.name} is there and does not answer within 5 s.")
            )
        elif not view.running and not view.corosync_version and "not installed" in view.error:
            found.append(_error("not-installed", view.name, f"{view.name} has no corosync."))
        elif not view.running:
            found.append(_error("daemon-stopped", view.name, f"corosync does not answer on {view.name}: {view.error}."))
        elif view.error:
            found.append(
                Finding(
                    Severity.WARNING,
                    "not-understood",
                    f"Not all of what {view.name} said was understood.",
                    node=view.name,
                    evidence=(Evidence(view.error, view.name, "corosync-quorumtool -s"),),
                    certain=False,
                )
            )
    return found


def _membership_findings(
    views: Sequence[NodeView], parts: tuple[Partition, ...], main: Partition | None, expected: Sequence[str]
) -> list[Finding]:
    found: list[Finding] = []
    quorate = [part for part in parts if part.quorate]
    split = [part for part in quorate if main is not None and not set(part.members) & set(main.members)]
    if main is not None and split:
        found.append(_separate_rings((main, *split)))
    if main is None and parts:
        reached = len(parts[0].members)
        found.append(
            Finding(
                Severity.ERROR,
                "majority-lost",
                f"No node has quorum: the largest group has {reached} of {len(expected)} nodes.",
                why="Without quorum no node provides services.",
                evidence=tuple(_partition_evidence(part) for part in parts),
            )
        )
    if split and all(part.is_complete for part in quorate):
        return found
    silent = {view.name for view in views if not (view.reachable and view.running) or view.hung}
    reference = main or (parts[0] if parts else None)
    if reference is None:
        return found
    circle = "+".join(reference.members)
    for name in sorted(set(expected) - set(reference.members) - silent):
        own = next((part for part in parts if name in part.reporters), None)
        says = f" It sees {format_count(len(own.members), 'member')} itself." if own else ""
        found.append(_error("member-missing", name, f"{name} is not in the ring of {circle}.{says}"))
    found.extend(
        Finding(
            Severity.WARNING,
            "not-expected",
            f"{name} is in the ring and is no node of this cluster directory.",
            node=name,
            evidence=(_partition_evidence(reference),),
        )
        for name in sorted(set(reference.members) - set(expected))
    )
    others = [part for part in parts if part is not reference and set(part.members) & set(reference.members)]
    if others:
        found.append(
            Finding(
                Severity.WARNING,
                "views-disagree",
                "The nodes do not name one ring. It settles within seconds after a change; if it stays, "
                "packets pass in one direction only.",
                evidence=tuple(_partition_evidence(part) for part in (reference, *others)),
                certain=False,
            )
        )
    return found


def _separate_rings(parts: tuple[Partition, ...]) -> Finding:
    """Two quorate rings: a split brain where one of them misses nodes, else rings that never knew of each other."""
    sides = " and ".join("+".join(part.members) for part in parts)
    voices = tuple(_partition_evidence(part) for part in parts)
    if all(part.is_complete for part in parts):
        return Finding(
            Severity.ERROR,
            "separate-rings",
            f"The nodes form {len(parts)} rings that do not know each other: {sides}.",
            why="Each has a configuration that names only its own nodes.",
            evidence=voices,
        )
    return Finding(
        Severity.ERROR,
        "split-brain",
        f"{len(parts)} rings hold themselves quorate: {sides}. All of them may write now.",
        why="Without a common majority each side serves on its own and their data drift apart.",
        evidence=voices,
    )


def _link_findings(views: Sequence[NodeView], main: Partition | None) -> list[Finding]:
    """A link that is down between two members is lost redundancy; to a node outside it is a reason for its absence."""
    ends: dict[tuple[int, tuple[str, str]], dict[str, bool]] = {}
    source: dict[str, str] = {}
    for view in answering_views(views):
        for link in view.links:
            if link.down_count is None and link.peer not in view.members:
                continue  # told by membership, and there already
            pair = (view.name, link.peer) if view.name < link.peer else (link.peer, view.name)
            ends.setdefault((link.link, pair), {})[view.name] = link.connected
            source[view.name] = "corosync-cfgtool -s" if link.down_count is None else "stats.knet"
    inside = set(main.members) if main else set()
    found: list[Finding] = []
    for (number, pair), seen in sorted(ends.items()):
        down = sorted(name for name, connected in seen.items() if not connected)
        if not down:
            continue
        one, two = pair
        ends_down = "both ends say so" if len(down) == 2 else f"{down[0]} says so"
        if len(seen) == 2 and len(down) == 1:
            ends_down += f", {two if down[0] == one else one} says it is up"
        severity = Severity.WARNING if {one, two} <= inside else Severity.ERROR
        found.append(
            Finding(
                severity,
                "link-down",
                f"Link {number} between {one} and {two} is down: {ends_down}.",
                node=down[0] if len(down) == 1 else None,
                place=f"link {number} {one}-{two}",
                evidence=tuple(Evidence(f"link {number} disconnected", name, source[name]) for name in down),
            )
        )
    return found


def _error(code: str, node: str, what: str) -> Finding:
    return Finding(Severity.ERROR, code, what.rstrip(".") + ".", node=node)


def _partition_evidence(part: Partition) -> Evidence:
    state = "quorate" if part.quorate else "not quorate"
    ring = f"ring {part.ring_id}, " if part.ring_id else ""
    text = f"{ring}members {'+'.join(part.members)}, {state}"
    return Evidence(text, ", ".join(part.reporters), "corosync-quorumtool -s")
