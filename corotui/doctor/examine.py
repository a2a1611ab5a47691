"""Asks, thinks, and asks once more where the first look does not decide."""

from __future__ import annotations

from corotui.cluster.finding import Finding
from corotui.cluster.model import Cluster
from corotui.doctor.context import build_context
from corotui.doctor.diagnose import diagnose, needs_second_sample
from corotui.doctor.gather import gather, sample_again
from corotui.ssh.fanout import Shells


async def examine(shells: Shells, *, cluster: Cluster, conf: bytes | None) -> tuple[Finding, ...]:
    """What is wrong with the ring and why, best first; empty when nothing is.

    One round trip, some two seconds; four more where only the counters over time can tell who hears whom. A node that
    cannot be asked is a finding, not an error. `conf`: the cluster directory's corosync.conf.
    """
    nodes = await gather(shells, cluster=cluster, conf=conf)
    case = build_context(cluster, nodes, conf)
    findings = diagnose(case)
    if any(node.counters for node in nodes) and needs_second_sample(case, findings):
        nodes = await sample_again(shells, nodes)
        findings = diagnose(build_context(cluster, nodes, conf))
    return findings
