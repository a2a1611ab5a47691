"""Gathers the evidence, diagnoses it, and takes a second sample where the first does not decide."""

from __future__ import annotations

import asyncio

from corotui.cluster.finding import Finding
from corotui.cluster.model import Cluster
from corotui.doctor.context import build_context
from corotui.doctor.diagnose import diagnose, needs_second_sample
from corotui.doctor.gather import Sleep, gather, sample_again
from corotui.ssh.fanout import Shells


async def examine(
    shells: Shells, *, cluster: Cluster, conf: bytes | None, sleep: Sleep = asyncio.sleep
) -> tuple[Finding, ...]:
    """What is wrong with the ring and why, best first; empty if nothing is.

    It takes one round trip of about two seconds, and four seconds more where only the growth of counters shows which
    node hears which. A node that cannot be reached is a finding, not an error. `conf` is the cluster directory's
    corosync.conf; `sleep` waits between the two samples.
    """
    nodes = await gather(shells, cluster=cluster, conf=conf)
    # In a thread, since the evidence of large clusters, or of one hostile node, takes long to judge.
    context = await asyncio.to_thread(build_context, cluster, nodes, conf)
    findings = await asyncio.to_thread(diagnose, context)
    if any(node.counters for node in nodes) and needs_second_sample(context, findings):
        nodes = await sample_again(shells, nodes, sleep=sleep)
        context = await asyncio.to_thread(build_context, cluster, nodes, conf)
        findings = await asyncio.to_thread(diagnose, context)
    return findings
