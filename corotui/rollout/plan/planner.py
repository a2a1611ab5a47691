"""From what was seen on the nodes and what the file says to a plan. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from corotui.cluster.finding import Severity
from corotui.cluster.model import Cluster
from corotui.conf import check, compute_effects, parse
from corotui.conf.constants import CONF_PATH
from corotui.facts import conf_environment
from corotui.facts.model import NodeFacts
from corotui.rollout.model import ConfAction, NodePlan, Plan
from corotui.rollout.node.snapshot import NodeSnapshot
from corotui.rollout.plan import describe
from corotui.rollout.plan.diff import diff
from corotui.rollout.plan.inputs import PlanInputs
from corotui.rollout.plan.refusals import find_refusals
from corotui.rollout.plan.service_actions import ServiceActions, choose_service_actions, is_unmanaged

MIN_RING_LIMIT = 30.0  # seconds: a slow machine needs them to start the daemon, whatever totem's times are


def make_plan(
    cluster: Cluster,
    conf: bytes,
    facts: Mapping[str, NodeFacts],
    snapshots: Mapping[str, NodeSnapshot],
    known_digests: Collection[str] = (),
) -> Plan:
    """The plan for all nodes of `cluster`; `facts` and `sights` hold each of them.

    `known`: sha256 of every configuration that was ever rolled out from this directory; a corosync that runs on one of
    them is ours.
    """
    case = PlanInputs(cluster, conf, facts, snapshots, known_digests)
    start = choose_service_actions(case)
    nodes = tuple(_node(case, node.name, start) for node in cluster.nodes)
    foreseen = compute_effects(parse(conf), release=case.target_release)
    return Plan(
        cluster=cluster.name,
        conf=conf,
        conf_sha256=case.conf_sha256,
        nodes=nodes,
        order=start.order,
        key_source=case.key_source[0],
        key_path=case.target_summary.key_path,
        logfile=case.target_summary.logfile,
        ring_limit=max(MIN_RING_LIMIT, foreseen.ring_limit_ms / 1000),
        node_names=case.target_summary.node_names,
        summary=describe.describe_plan(case, nodes, start, foreseen),
        changes=start.changes,
        current_conf=case.current_conf,
        warnings=tuple(_warnings(case, nodes)),
        refusals=find_refusals(case, nodes),
    )


def _node(inputs: PlanInputs, name: str, service_actions: ServiceActions) -> NodePlan:
    facts, sight = inputs.facts[name], inputs.snapshots[name]
    conf = inputs.conf_action(name)
    return NodePlan(
        name=name,
        version=facts.corosync.version,
        program=facts.corosync.path or "corosync",
        needs_install=not facts.corosync.version,
        key_action=inputs.key_action(name),
        conf_action=conf,
        service_action=service_actions.by_node[name],
        enable=not sight.is_enabled,
        conf_sha256_before=sight.sha256_of(CONF_PATH),
        key_sha256_before=sight.sha256_of(inputs.target_summary.key_path),
        missing_directories=sight.missing_directories,
        diff=diff(sight.conf, inputs.conf) if conf is ConfAction.WRITE else "",
        service_manager=facts.service_manager,
        was_running=sight.running > 0,
        was_in_ring=inputs.is_in_ring(name),
        replaces_unmanaged=is_unmanaged(inputs, name),
    )


def _warnings(inputs: PlanInputs, nodes: tuple[NodePlan, ...]) -> Iterator[str]:
    yield from _name_warnings(inputs)
    for node in nodes:
        old = inputs.summary_on(node.name)
        if old is None or old.is_package_sample or node.conf_action is ConfAction.KEEP or node.was_running:
            continue
        if old.cluster_name and old.cluster_name != inputs.target_summary.cluster_name:
            yield (
                f"{node.name} holds a configuration of the cluster {old.cluster_name}, which does not run; it is "
                "kept beside the new one as corosync.conf.corotui-previous."
            )
    around = conf_environment(inputs.facts.values())
    for found in check(parse(inputs.conf), release=inputs.target_release, environment=around):
        if found.severity is Severity.WARNING or (found.severity is Severity.ERROR and found.stage == "wrong"):
            yield f"corosync.conf:{found.line}: {found.message}"


def _name_warnings(inputs: PlanInputs) -> Iterator[str]:
    """Where cluster.toml and the nodelist name different nodes."""
    if not inputs.target_summary.node_names:
        return
    names = [node.name for node in inputs.cluster.nodes]
    unreached = [name for name in inputs.target_summary.node_names.values() if name and name not in names]
    unnamed = [name for name in names if name not in inputs.target_summary.node_names.values()]
    if unreached and unnamed:
        yield (
            f"corosync.conf names {', '.join(unreached)}, cluster.toml {', '.join(unnamed)}; "
            "use the same names in both."
        )
    elif unreached:
        yield f"{', '.join(unreached)} stands in corosync.conf and not in cluster.toml; it is not touched."
    elif unnamed:
        yield f"{', '.join(unnamed)} stands in cluster.toml and not in corosync.conf's nodelist."
