"""Compares the nodes with a configuration, and plans what a rollout of it changes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from corotui.cluster.finding import Severity
from corotui.cluster.model import Cluster
from corotui.conf import check, compute_effects, parse, summary
from corotui.conf.constants import CONF_PATH
from corotui.conf.host.file_mode import file_mode
from corotui.facts import conf_environment
from corotui.facts.model import NodeFacts
from corotui.rollout.model import NO_KEY_CHOICE, ROOT_READABLE, ConfAction, KeyChoice, NodePlan, Plan
from corotui.rollout.node.snapshot import NodeSnapshot, take_snapshots
from corotui.rollout.plan import describe
from corotui.rollout.plan.diff import diff
from corotui.rollout.plan.inputs import PlanInputs
from corotui.rollout.plan.keys import find_key_refusals
from corotui.rollout.plan.refusals import find_refusals
from corotui.rollout.plan.service_actions import ServiceActions, choose_service_actions, is_unmanaged
from corotui.source.releases.target import release_for
from corotui.ssh.fanout import Shells
from corotui.ssh.file_scripts import FileOwner

MIN_RING_LIMIT = 30.0
"""Seconds. A slow machine needs them to start the daemon, whatever totem's timeouts are."""


async def plan_rollout(
    shells: Shells,
    cluster: Cluster,
    conf: bytes,
    facts: Mapping[str, NodeFacts],
    *,
    known_digests: Collection[str] = (),
    key_choice: KeyChoice = NO_KEY_CHOICE,
) -> Plan:
    """Asks every node how it is now and returns what rolling out `conf` would change. Changes nothing.

    `facts` has each node of `cluster`; `known_digests` and `key_choice` as for `make_plan`. Raises the error of a node
    that has no connection or cannot be asked; an ExceptionGroup of several.
    """
    shells = shells.for_nodes(node.name for node in cluster.nodes)
    shells.raise_all()
    target = summary.summarise(conf, release_for(facts, cluster.install))
    snapshots = await take_snapshots(shells, key_path=target.key_path, directories=target.directories)
    return make_plan(cluster, conf, facts, snapshots, known_digests, key_choice)


def make_plan(
    cluster: Cluster,
    conf: bytes,
    facts: Mapping[str, NodeFacts],
    snapshots: Mapping[str, NodeSnapshot],
    known_digests: Collection[str] = (),
    key_choice: KeyChoice = NO_KEY_CHOICE,
) -> Plan:
    """Returns the plan for all nodes of `cluster`. Pure.

    `facts` and `snapshots` have each of these nodes. `known_digests`: sha256 of every configuration that was ever
    rolled out from this directory; a corosync that runs with one of them belongs to this cluster. `key_choice`: what
    the operator said about the key.
    """
    inputs = PlanInputs(cluster, conf, facts, snapshots, known_digests, key_choice)
    service_actions = choose_service_actions(inputs)
    nodes = tuple(_plan_node(inputs, node.name, service_actions) for node in cluster.nodes)
    effects = compute_effects(parse(conf), release=inputs.target_release)
    return Plan(
        cluster=cluster.name,
        conf=conf,
        conf_sha256=inputs.conf_sha256,
        nodes=nodes,
        order=service_actions.order,
        key_source=inputs.key_source[0],
        key_path=inputs.target_summary.key_path,
        logfile=inputs.target_summary.logfile,
        ring_limit=max(MIN_RING_LIMIT, effects.ring_limit_ms / 1000),
        node_names=inputs.target_summary.node_names,
        summary=describe.describe_plan(inputs, nodes, service_actions, effects),
        changes=service_actions.changes,
        current_conf=inputs.current_conf,
        warnings=tuple(_warnings(inputs, nodes)),
        refusals=(*find_refusals(inputs, nodes), *find_key_refusals(inputs)),
    )


def _plan_node(inputs: PlanInputs, name: str, service_actions: ServiceActions) -> NodePlan:
    facts, snapshot = inputs.facts[name], inputs.snapshots[name]
    conf_action = inputs.conf_action(name)
    return NodePlan(
        name=name,
        version=facts.corosync.version,
        program=facts.corosync.path or "corosync",
        needs_install=not facts.corosync.version,
        key_action=inputs.key_action(name),
        conf_action=conf_action,
        service_action=service_actions.by_node[name],
        enable=not snapshot.is_enabled,
        conf_owner=_conf_owner(inputs.conf, snapshot.conf_owner),
        conf_sha256_before=snapshot.sha256_of(CONF_PATH),
        key_sha256_before=snapshot.sha256_of(inputs.target_summary.key_path),
        missing_directories=snapshot.missing_directories,
        diff=diff(snapshot.conf, inputs.conf) if conf_action is ConfAction.WRITE else "",
        service_manager=facts.service_manager,
        was_running=snapshot.running > 0,
        was_in_ring=inputs.is_in_ring(name),
        replaces_unmanaged=is_unmanaged(inputs, name),
    )


def _conf_owner(conf: bytes, present: FileOwner | None) -> FileOwner:
    mode = file_mode(conf, None if present is None else present.mode)
    return replace(present or ROOT_READABLE, mode=mode)


def _warnings(inputs: PlanInputs, nodes: tuple[NodePlan, ...]) -> Iterator[str]:
    yield from _name_warnings(inputs)
    for node in nodes:
        present = inputs.summary_on(node.name)
        if present is None or present.is_package_sample or node.conf_action is ConfAction.KEEP or node.was_running:
            continue
        if present.cluster_name and present.cluster_name != inputs.target_summary.cluster_name:
            yield (
                f"{node.name} holds a configuration of the cluster {present.cluster_name}, which does not run; it is "
                "kept beside the new one as corosync.conf.corotui-previous."
            )
    environment = conf_environment(inputs.facts.values())
    for diagnostic in check(parse(inputs.conf), release=inputs.target_release, environment=environment):
        # "wrong": corosync accepts it and does something else than the author meant
        if diagnostic.severity is Severity.WARNING or (
            diagnostic.severity is Severity.ERROR and diagnostic.stage == "wrong"
        ):
            yield f"corosync.conf:{diagnostic.line}: {diagnostic.message}"


def _name_warnings(inputs: PlanInputs) -> Iterator[str]:
    """Warns of names that look alike, and if cluster.toml and the nodelist name different nodes."""
    yield from inputs.names_alike()
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
        yield f"{', '.join(unreached)} is in corosync.conf and not in cluster.toml; it is not touched."
    elif unnamed:
        yield f"{', '.join(unnamed)} is in cluster.toml and not in corosync.conf's nodelist."
