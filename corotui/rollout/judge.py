"""From what was seen on the nodes and what the file says to a plan. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from corotui.cluster.model import Cluster
from corotui.conf import check, consequences, parse
from corotui.facts import surroundings
from corotui.facts.model import NodeFacts
from corotui.rollout import wording
from corotui.rollout.case import Case
from corotui.rollout.diff import diff
from corotui.rollout.model import CONF_PATH, ConfAction, NodePlan, Plan
from corotui.rollout.refusals import refusals
from corotui.rollout.sight import Sight
from corotui.rollout.starting import Starts, starts, stray

RING_FLOOR = 30.0  # seconds: a slow machine needs them to start the daemon, whatever totem's times are


def judge(
    cluster: Cluster,
    conf: bytes,
    facts: Mapping[str, NodeFacts],
    sights: Mapping[str, Sight],
    known: Collection[str] = (),
) -> Plan:
    """The plan for all nodes of `cluster`; `facts` and `sights` hold each of them.

    `known`: sha256 of every configuration that was ever rolled out from this directory; a corosync that runs on one of
    them is ours.
    """
    case = Case(cluster, conf, facts, sights, known)
    start = starts(case)
    nodes = tuple(_node(case, node.name, start) for node in cluster.nodes)
    foreseen = consequences(parse(conf), corosync=case.version)
    return Plan(
        cluster=cluster.name,
        conf=conf,
        conf_sha256=case.digest,
        nodes=nodes,
        order=start.order,
        key_from=case.key_source[0],
        key_path=case.new.key_path,
        logfile=case.new.logfile,
        ring_limit=max(RING_FLOOR, foreseen.ring_limit_ms / 1000),
        names=case.new.names,
        words=wording.plan(case, nodes, start, foreseen),
        changes=start.changes,
        before=case.before,
        warnings=tuple(_warnings(case, nodes)),
        refusals=refusals(case, nodes),
    )


def _node(case: Case, name: str, start: Starts) -> NodePlan:
    facts, sight = case.facts[name], case.sights[name]
    conf = case.conf_action(name)
    return NodePlan(
        name=name,
        version=facts.corosync.version,
        program=facts.corosync.path or "corosync",
        install=not facts.corosync.version,
        key=case.key_action(name),
        conf=conf,
        start=start.by_node[name],
        enable=not sight.enabled,
        conf_before=sight.sum(CONF_PATH),
        key_before=sight.sum(case.new.key_path),
        directories=sight.missing,
        diff=diff(sight.conf, case.conf) if conf is ConfAction.WRITE else "",
        service_manager=facts.service_manager,
        was_running=sight.running > 0,
        was_ring=case.in_a_ring(name),
        replaces_stray=stray(case, name),
    )


def _warnings(case: Case, nodes: tuple[NodePlan, ...]) -> Iterator[str]:
    yield from _names(case)
    for node in nodes:
        old = case.old(node.name)
        if old is None or old.sample or node.conf is ConfAction.KEEP or node.was_running:
            continue
        if old.cluster_name and old.cluster_name != case.new.cluster_name:
            yield (
                f"{node.name} holds a configuration of the cluster {old.cluster_name}, which does not run; it is "
                "kept beside the new one as corosync.conf.corotui-previous."
            )
    around = surroundings(case.facts.values())
    for found in check(parse(case.conf), corosync=case.version, surroundings=around):
        if found.severity == "warning" or (found.severity == "error" and found.stage == "wrong"):
            yield f"corosync.conf:{found.line}: {found.message}"


def _names(case: Case) -> Iterator[str]:
    """Where cluster.toml and the nodelist name different nodes."""
    if not case.new.names:
        return
    names = [node.name for node in case.cluster.nodes]
    unreached = [name for name in case.new.names.values() if name and name not in names]
    unnamed = [name for name in names if name not in case.new.names.values()]
    if unreached and unnamed:
        yield (
            f"corosync.conf names {', '.join(unreached)}, cluster.toml {', '.join(unnamed)}; "
            "use the same names in both."
        )
    elif unreached:
        yield f"{', '.join(unreached)} stands in corosync.conf and not in cluster.toml; it is not touched."
    elif unnamed:
        yield f"{', '.join(unnamed)} stands in cluster.toml and not in corosync.conf's nodelist."
