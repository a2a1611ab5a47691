"""Causes that concern the ring as a whole: two rings, no majority, and pauses of a machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from corotui.cluster.finding import Evidence, Finding, Remedy, Severity
from corotui.doctor.context import DiagnosisContext
from corotui.ring.findings import SURPLUS_MEMBER, VOTES_DIFFER

_MAX_AGE = 30 * 60 * 1000  # ms


def check_split(context: DiagnosisContext) -> Iterator[Finding]:
    """`split-brain` and `separate-rings`, as merging the views of all nodes found them."""
    configured = not all(own.is_package_sample for own in context.summaries.values())
    for finding in context.ring.findings:
        if finding.code == "separate-rings" and configured:
            yield finding
        if finding.code == "split-brain":
            manual = "Stop the services on one side, and on one side only. Then repair the network between the sides."
            yield replace(finding, remedies=(Remedy(title="stop one side", privileged=False, manual=manual),))


def check_surplus(context: DiagnosisContext) -> Iterator[Finding]:
    """`not-expected` and `votes-differ`: the ring has members or votes that the cluster directory does not give it."""
    for finding in context.ring.findings:
        if finding.code == SURPLUS_MEMBER and finding.node is not None:
            manual = (
                f"If {finding.node} was taken out of the cluster, stop and disable corosync there. "
                "If it belongs to the cluster, add it to cluster.toml and to the nodelist."
            )
            remedy = Remedy(title=f"take {finding.node} out of the ring, or add it here", manual=manual)
            yield replace(finding, remedies=(remedy,))
        elif finding.code in (SURPLUS_MEMBER, VOTES_DIFFER):
            yield finding


def check_majority(context: DiagnosisContext, causes: Sequence[Finding]) -> Iterator[Finding]:
    """`majority-lost`: no group has quorum. Its remedies are those of the nodes that are missing."""
    running = [node for node in context.nodes if node.view.running and not node.view.hung]
    if context.ring.quorate or not running:
        return
    needed = next((node.view.quorum for node in running if node.view.quorum), None)
    evidence = [
        Evidence(
            f"sees {len(node.view.members)} of {context.node_count} nodes, no quorum",
            node.name,
            "corosync-quorumtool -s",
        )
        for node in running[:4]
    ]
    missing = [finding for finding in causes if finding.severity is Severity.ERROR and finding.node is not None]
    evidence += [Evidence(finding.what.rstrip("."), finding.node, finding.code) for finding in missing[:6]]
    waiting = any("Waiting for all cluster members" in line for node in running for line in node.journal[-30:])
    largest = max(len(node.view.members) for node in running)
    numbers = f"{largest} of {context.node_count} nodes" + (f", {needed} votes needed" if needed else "")
    yield Finding(
        Severity.ERROR,
        "majority-lost",
        f"The ring has no quorum: {numbers}. No node provides services.",
        why="wait_for_all is set: after all nodes were stopped, there is quorum only once every node was in the ring."
        if waiting
        else "Start as many nodes as the majority needs; the causes are listed below.",
        evidence=tuple(evidence),
        remedies=tuple(remedy for finding in missing for remedy in finding.remedies[:1]),
    )


def check_pauses(context: DiagnosisContext) -> Iterator[Finding]:
    """`scheduling-pause`: the daemon recorded that it was not scheduled for longer than its token allows.

    A virtual machine was paused, or a machine is overloaded.
    """
    for node in context.nodes:
        if not node.pauses:
            continue
        newest = node.pauses[0]
        now = (node.facts.taken_at if node.facts else node.view.taken_at) * 1000
        if newest.at and now - newest.at > _MAX_AGE:
            continue
        longest = max(pause.delay_ms for pause in node.pauses)
        yield Finding(
            Severity.WARNING,
            "scheduling-pause",
            f"corosync on {node.name} did not run for {longest / 1000:.1f} s.",
            node=node.name,
            why="The machine was paused or overloaded; the other nodes take such a node for dead.",
            evidence=tuple(
                Evidence(f"not scheduled for {pause.delay_ms / 1000:.1f} s", node.name, "stats.schedmiss")
                for pause in node.pauses[:3]
            ),
            remedies=(
                Remedy(
                    title="raise the token timeout",
                    manual="Raise totem.token in corosync.conf above the longest pause, or avoid the pauses: "
                    "snapshots, migration, overcommitted hosts.",
                ),
            ),
            certain=len(node.pauses) > 1 or longest > 1000,
        )
