"""Remedies that several causes share, and what they do to the ring, in numbers."""

from __future__ import annotations

from corotui.cluster.finding import Remedy, Risk
from corotui.doctor.case import Case

IN_RING = (
    "i=0; until timeout 5 corosync-quorumtool -s 2>/dev/null | grep -q '^Quorate:  *Yes'; "
    "do i=$((i+1)); [ $i -lt 40 ] || exit 1; sleep 1; done"
)
"""Returns 0 on a node once it is in a ring with quorum; waits up to 40 s for it, as a ring takes time to form."""


def service(case: Case, node: str, verb: str) -> str:
    """The command that starts, stops or restarts corosync through the node's service manager."""
    found = case.node(node)
    if found is not None and found.facts is not None and found.facts.service_manager == "sysv":
        return f"service corosync {verb}"
    return f"systemctl {verb} corosync"


def start_again(case: Case, node: str) -> tuple[str, ...]:
    """Starts corosync, or starts it anew where it runs; systemd is told first to forget earlier failures."""
    found = case.node(node)
    verb = "restart" if found is not None and found.processes else "start"
    line = service(case, node, verb)
    return (f"systemctl reset-failed corosync; {line}",) if line.startswith("systemctl") else (line,)


def risk(case: Case, node: str) -> Risk:
    """Of restarting corosync on a node."""
    if case.outside(node):
        return Risk.NONE
    return Risk.RING if _left_after(case, node) is False else Risk.NODE


def consequence(case: Case, node: str) -> str:
    """What a restart on that node does to the ring."""
    members = case.ring.members
    if node not in members:
        rest = f"{len(members)} of {case.expected} nodes go on undisturbed" if members else "no ring is disturbed"
        return f"{node} is outside the ring; {rest}"
    kept = _left_after(case, node)
    votes = _votes(case)
    numbers = f" ({votes[0] - votes[1].get(node, 1)} of {votes[2]} votes, {votes[3]} needed)" if votes else ""
    told = "quorum is kept" if kept else "quorum is lost meanwhile" if kept is False else "the others stay"
    return f"{node} leaves the ring for some seconds; {told}{numbers}"


def _left_after(case: Case, node: str) -> bool | None:
    votes = _votes(case)
    return None if votes is None else votes[0] - votes[1].get(node, 1) >= votes[3]


def _votes(case: Case) -> tuple[int, dict[str, int], int, int] | None:
    """(total votes, node -> votes, expected votes, quorum) as the ring counts them."""
    inside = [node.view for node in case.nodes if not case.outside(node.name)]
    counted = [view for view in inside if view.total_votes is not None and view.quorum is not None]
    if not counted:
        return None
    view = counted[0]
    assert view.total_votes is not None
    assert view.quorum is not None
    each = {item.name: item.votes for item in inside if item.votes is not None}
    return view.total_votes, each, view.expected_votes or view.total_votes, view.quorum


def start(case: Case, node: str, title: str = "") -> Remedy:
    return Remedy(
        title=title or f"start corosync on {node}",
        node=node,
        commands=start_again(case, node),
        risk=risk(case, node),
        consequence=consequence(case, node),
        verify=IN_RING,
    )


def copied(case: Case, node: str, what: str, source: str, title: str) -> Remedy:
    """Brings authkey or corosync.conf from another node (`source` "" for the cluster directory) and starts corosync."""
    return Remedy(
        title=title,
        node=node,
        commands=start_again(case, node),
        risk=risk(case, node),
        consequence=consequence(case, node),
        verify=IN_RING,
        action=f"copy-{what}:{source}",
    )


def conf_from(case: Case, node: str) -> tuple[str, str] | None:
    """Where a good corosync.conf is to be had for a node: (source of the action, words); None where nowhere."""
    if case.conf is not None and case.truth == case.conf:
        return "", "the cluster directory's corosync.conf"
    others = [name for name in case.truth_from if name != node]
    inside = [name for name in others if not case.outside(name)]
    best = next(iter(inside or others), None)
    return None if best is None else (best, f"{best}'s corosync.conf")
