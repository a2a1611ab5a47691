"""Remedies that several causes share, and what each does to the ring, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from corotui.cluster.finding import Remedy, Risk
from corotui.cluster.remedy_action import CopyAuthkey, CopyConf
from corotui.cluster.service_manager import ServiceManager
from corotui.doctor.context import DiagnosisContext

WAIT_FOR_RING = (
    "i=0; until timeout 5 corosync-quorumtool -s 2>/dev/null | grep -q '^Quorate:  *Yes'; "
    "do i=$((i+1)); [ $i -lt 40 ] || exit 1; sleep 1; done"
)
"""A command that returns 0 once the node is in a quorate ring; it waits up to 40 s, as a ring takes time to form."""


def start_commands(context: DiagnosisContext, node: str) -> tuple[str, ...]:
    """The commands that start corosync, or restart it where it runs, whatever failed before."""
    evidence = context.node(node)
    facts = evidence.facts if evidence is not None else None
    manager = (facts.service_manager if facts is not None else None) or ServiceManager.SYSTEMD
    line = manager.command("restart" if evidence is not None and evidence.processes else "start")
    return ("; ".join(filter(None, (manager.reset_failed_command, line))),)


def restart_risk(context: DiagnosisContext, node: str) -> Risk:
    """The risk of a restart of corosync on a node."""
    if context.is_outside_ring(node):
        return Risk.NONE
    return Risk.RING if _keeps_quorum_without(context, node) is False else Risk.NODE


def restart_consequence(context: DiagnosisContext, node: str) -> str:
    """What a restart of corosync on a node does to the ring, as a clause."""
    members = context.ring.members
    if node not in members:
        others = f"{len(members)} of {context.node_count} nodes are not affected" if members else "no ring is affected"
        return f"{node} is outside the ring; {others}"
    kept = _keeps_quorum_without(context, node)
    votes = _votes(context)
    numbers = f" ({votes.without(node)} of {votes.expected} votes, {votes.needed} needed)" if votes else ""
    effect = "quorum is kept" if kept else "quorum is lost meanwhile" if kept is False else "the others stay"
    return f"{node} leaves the ring for some seconds; {effect}{numbers}"


def _keeps_quorum_without(context: DiagnosisContext, node: str) -> bool | None:
    votes = _votes(context)
    return None if votes is None else votes.without(node) >= votes.needed


@dataclass(frozen=True, slots=True)
class _Votes:
    """The votes of the ring."""

    total: int
    """Votes of all members."""
    by_node: Mapping[str, int]
    """Node name -> its votes."""
    expected: int
    """Expected votes."""
    needed: int
    """Votes needed for quorum."""

    def without(self, node: str) -> int:
        """The votes that are left without a node."""
        return self.total - self.by_node.get(node, 1)


def _votes(context: DiagnosisContext) -> _Votes | None:
    """The votes as the ring counts them, None where no member reports them."""
    inside = [node.view for node in context.nodes if not context.is_outside_ring(node.name)]
    counted = [view for view in inside if view.total_votes is not None and view.quorum is not None]
    if not counted:
        return None
    view = counted[0]
    assert view.total_votes is not None
    assert view.quorum is not None
    by_node = {item.name: item.votes for item in inside if item.votes is not None}
    return _Votes(view.total_votes, by_node, view.expected_votes or view.total_votes, view.quorum)


def start_remedy(context: DiagnosisContext, node: str, title: str = "") -> Remedy:
    """The remedy that starts corosync on a node, or restarts it where it runs."""
    return Remedy(
        title=title or f"start corosync on {node}",
        node=node,
        commands=start_commands(context, node),
        risk=restart_risk(context, node),
        consequence=restart_consequence(context, node),
        verify=WAIT_FOR_RING,
    )


def copy_remedy(context: DiagnosisContext, node: str, action: CopyAuthkey | CopyConf, title: str) -> Remedy:
    """The remedy that copies authkey or corosync.conf onto a node and starts corosync there."""
    return Remedy(
        title=title,
        node=node,
        commands=start_commands(context, node),
        risk=restart_risk(context, node),
        consequence=restart_consequence(context, node),
        verify=WAIT_FOR_RING,
        action=action,
    )


def copy_conf(context: DiagnosisContext, node: str) -> tuple[CopyConf, str] | None:
    """How a node gets the right corosync.conf, and what to call that file; None where no source has it."""
    if context.conf is not None and context.reference_conf == context.conf:
        return CopyConf(None), "the cluster directory's corosync.conf"
    others = [name for name in context.reference_nodes if name != node]
    inside = [name for name in others if not context.is_outside_ring(name)]
    best = next(iter(inside or others), None)
    return None if best is None else (CopyConf(best), f"{best}'s corosync.conf")
