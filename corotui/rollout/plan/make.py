"""Looking at all nodes at once and judging what a rollout would change."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from corotui.cluster.model import Cluster
from corotui.conf import summary
from corotui.facts.model import NodeFacts
from corotui.rollout.model import Plan
from corotui.rollout.node import snapshot
from corotui.rollout.node.snapshot import NodeSnapshot
from corotui.rollout.plan.planner import make_plan
from corotui.source.releases.target import release_for
from corotui.ssh.fanout import Shells, on_nodes


async def plan_rollout(
    shells: Shells,
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
    shells = shells.for_nodes(node.name for node in cluster.nodes)
    shells.raise_any()
    new = summary.summarise(conf, release_for(facts, cluster.install))
    sights = await take_snapshots(
        shells,
        key_path=new.key_path,
        directories=new.directories,
    )
    return make_plan(cluster, conf, facts, sights, known_digests)


async def take_snapshots(
    shells: Shells, *, key_path: str, directories: tuple[str, ...] = ()
) -> dict[str, NodeSnapshot]:
    """A look at every node at once; raises as `plan` does when a node cannot be looked at."""
    results = await on_nodes(
        shells, lambda shell: snapshot.take_snapshot(shell, key_path=key_path, directories=directories)
    )
    results.raise_any()
    return results.ok
