"""Looking at all nodes at once and judging what a rollout would change."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

from corotui.cluster.model import Cluster
from corotui.conf import summary
from corotui.errors import CorotuiError
from corotui.facts.model import NodeFacts
from corotui.rollout.model import Plan
from corotui.rollout.node import snapshot
from corotui.rollout.node.snapshot import NodeSnapshot
from corotui.rollout.plan.planner import make_plan
from corotui.source.releases.target import release_for
from corotui.ssh.node_errors import NodeErrors
from corotui.ssh.shell import Shell


async def plan_rollout(
    shells: Mapping[str, Shell | CorotuiError],
    cluster: Cluster,
    conf: bytes,
    facts: Mapping[str, NodeFacts],
    *,
    known_digests: Collection[str] = (),
) -> Plan:
    """What rolling `conf` out would change. Changes nothing itself.

    `known`: sha256 of the configurations that came from this directory. Raises what stands in the way of looking at
    every node: the error of a node without a connection, several of them as an ExceptionGroup.
    """
    failures = NodeErrors()
    for node in cluster.nodes:
        shell = shells.get(node.name)
        if shell is None or isinstance(shell, CorotuiError):
            failures.add(node.name, shell)
    failures.raise_any()
    new = summary.summarise(conf, release_for(facts, cluster.install))
    sights = await take_snapshots(
        {node.name: shells[node.name] for node in cluster.nodes},
        key_path=new.key_path,
        directories=new.directories,
    )
    return make_plan(cluster, conf, facts, sights, known_digests)


async def take_snapshots(
    shells: Mapping[str, Shell | CorotuiError], *, key_path: str, directories: tuple[str, ...] = ()
) -> dict[str, NodeSnapshot]:
    """A look at every node at once; raises as `plan` does when a node cannot be looked at."""
    failures = NodeErrors()

    async def one(name: str, shell: Shell | CorotuiError) -> NodeSnapshot:
        if isinstance(shell, CorotuiError):
            failures.add(name, shell)
            return NodeSnapshot(name)
        try:
            return await snapshot.take_snapshot(shell, key_path=key_path, directories=directories)
        except CorotuiError as error:
            failures.add(name, error)
            return NodeSnapshot(name)

    found = await asyncio.gather(*(one(name, shell) for name, shell in shells.items()))
    failures.raise_any()
    return dict(zip(shells, found, strict=True))
