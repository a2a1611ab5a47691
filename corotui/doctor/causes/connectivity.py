"""Nodes that cannot be reached, and nodes without corosync."""

from __future__ import annotations

from collections.abc import Iterator

from corotui.cluster.finding import NODE_UNREACHABLE, Evidence, Finding, Remedy, Severity
from corotui.doctor.context import DiagnosisContext
from corotui.doctor.traffic import peers_with_links_down


def check_reachable(context: DiagnosisContext) -> Iterator[Finding]:
    """`node-unreachable`: ssh fails. Whether the ring still has the node tells a dead host from a stopped sshd."""
    for node in context.nodes:
        if node.reachable:
            continue
        inside = node.name in context.ring.members
        connected = [
            peer.name for peer in context.nodes if peer.view.running and node.name not in peers_with_links_down(peer)
        ]
        evidence = [Evidence(node.error, node.name, "ssh")]
        if inside:
            evidence.append(
                Evidence(f"{node.name} is a member of the ring", ", ".join(connected), "corosync-quorumtool -s")
            )
            what = f"{node.name} cannot be reached by ssh, though it is in the ring."
        else:
            what = f"{node.name} cannot be reached."
            disconnected = [peer.name for peer in context.nodes if node.name in peers_with_links_down(peer)]
            if disconnected:
                evidence.append(Evidence(f"all links to {node.name} are down", ", ".join(disconnected), "stats.knet"))
        yield Finding(
            Severity.ERROR,
            NODE_UNREACHABLE,
            what,
            node=node.name,
            why="" if inside else "Without a connection nothing more can be found out about it.",
            evidence=tuple(evidence),
            remedies=(
                Remedy(
                    title=f"make {node.name} reachable",
                    node=node.name,
                    privileged=False,
                    manual=f"Check that {node.name} has power and network, and that its sshd runs.",
                ),
            ),
        )


def check_installed(context: DiagnosisContext) -> Iterator[Finding]:
    """`not-installed`: the node has no corosync program."""
    for node in context.nodes:
        if not node.reachable or node.view.corosync_version or node.view.running or node.processes:
            continue
        if node.facts is not None and node.facts.corosync.version:
            continue
        evidence = [Evidence("no program named corosync", node.name, "command -v corosync")]
        if node.unit.load == "not-found":
            evidence.append(Evidence("no corosync.service", node.name, "systemctl show corosync"))
        yield Finding(
            Severity.ERROR,
            "not-installed",
            f"{node.name} has no corosync.",
            node=node.name,
            evidence=tuple(evidence),
            remedies=(
                Remedy(
                    title=f"install corosync on {node.name}",
                    node=node.name,
                    manual="Run `corotui apply`, or use the step Install of the console.",
                ),
            ),
        )
