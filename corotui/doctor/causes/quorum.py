"""What the ring as a whole suffers from: two rings, no majority, and pauses of the machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from corotui.cluster.finding import Evidence, Finding, Remedy, Severity
from corotui.doctor.context import DiagnosisContext

_LONG_AGO = 30 * 60 * 1000  # ms


def check_split(context: DiagnosisContext) -> Iterator[Finding]:
    """`split-brain` (faults F68) and `separate-rings`, as the ring's own judgement has them."""
    configured = not all(own.is_package_sample for own in context.summaries.values())
    for finding in context.ring.findings:
        if finding.code == "separate-rings" and configured:
            yield finding
        if finding.code == "split-brain":
            manual = "Stop the services on one side first, then mend the network between the sides. Never on both."
            yield replace(finding, remedies=(Remedy(title="stop one side", privileged=False, manual=manual),))


def check_majority(context: DiagnosisContext, causes: Sequence[Finding]) -> Iterator[Finding]:
    """`majority-lost` (faults F67): no group has quorum. Its remedies are those of the nodes that are missing."""
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
        f"The ring has no quorum: {numbers}. No node serves.",
        why="wait_for_all is set: after a full stop quorum comes only when every node has been seen."
        if waiting
        else "Bring back as many nodes as the majority needs; each one's reason stands below.",
        evidence=tuple(evidence),
        remedies=tuple(remedy for finding in missing for remedy in finding.remedies[:1]),
    )


def check_pauses(context: DiagnosisContext) -> Iterator[Finding]:
    """`scheduling-pause` (faults F54): the daemon itself wrote down that it was not scheduled for longer than its token
    allows; a virtual machine that was paused, or a machine that is overloaded."""
    for node in context.nodes:
        if not node.pauses:
            continue
        newest = node.pauses[0]
        now = (node.facts.taken_at if node.facts else node.view.taken_at) * 1000
        if newest.at and now - newest.at > _LONG_AGO:
            continue
        longest = max(pause.delay_ms for pause in node.pauses)
        yield Finding(
            Severity.WARNING,
            "scheduling-pause",
            f"corosync on {node.name} stood still for {longest / 1000:.1f} s.",
            node=node.name,
            why="The machine was paused or had no time for it; the others take such a node for dead.",
            evidence=tuple(
                Evidence(f"not scheduled for {pause.delay_ms / 1000:.1f} s", node.name, "stats.schedmiss")
                for pause in node.pauses[:3]
            ),
            remedies=(
                Remedy(
                    title="give the ring more patience",
                    manual="Raise totem.token in corosync.conf above the longest pause, or end the pauses: snapshots, "
                    "migration, overcommitted hosts.",
                ),
            ),
            certain=len(node.pauses) > 1 or longest > 1000,
        )
