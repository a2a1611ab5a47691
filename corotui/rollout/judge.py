"""From what was seen on the nodes and what the file says to a plan. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping

from corotui.cluster.model import Cluster
from corotui.conf import check, consequences, parse
from corotui.facts.model import NodeFacts
from corotui.rollout import change, meaning, wording
from corotui.rollout.difference import difference
from corotui.rollout.meaning import SMALLEST_KEY, Meaning
from corotui.rollout.model import (
    CONF_PATH,
    ConfAction,
    Consent,
    KeyAction,
    NodePlan,
    Order,
    Plan,
    Refusal,
    Start,
)
from corotui.rollout.sight import Sight

NEWEST = "3.1.7"  # what a node without corosync is taken to get, until it has it
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
    version = newest(facts)
    new = meaning.read(conf, version)
    digest = hashlib.sha256(conf).hexdigest()
    key_from, key_makes = _key_source(cluster, sights, new)
    nodes = tuple(
        _node(facts[node.name], sights[node.name], conf, digest, new, version, key_from, key_makes, sights)
        for node in cluster.nodes
    )
    refusals = (
        *_versions(facts),
        *_mistakes(conf, version),
        *(r for plan in nodes for r in _foreign(plan, sights[plan.name], new, version, {*known, digest})),
        *(r for plan in nodes for r in _pacemaker(plan, sights[plan.name])),
    )
    order = _order(nodes, sights, new, version)
    foreseen = consequences(parse(conf), corosync=version)
    return Plan(
        cluster=cluster.name,
        conf=conf,
        conf_sha256=digest,
        nodes=nodes,
        order=order,
        key_from=key_from,
        key_path=new.key_path,
        logfile=new.logfile,
        ring_limit=max(RING_FLOOR, foreseen.ring_limit_ms / 1000),
        names=new.names,
        words=wording.plan(nodes, order, key_from, new, foreseen.quorum, foreseen.votes),
        warnings=_warnings(cluster, nodes, sights, new, version, conf),
        refusals=refusals,
    )


def newest(facts: Mapping[str, NodeFacts]) -> str:
    """The version the configuration is judged for: what the nodes have, NEWEST where none has any."""
    return next((f.corosync.version for f in facts.values() if f.corosync.version), NEWEST)


def _key_source(cluster: Cluster, sights: Mapping[str, Sight], new: Meaning) -> tuple[str, bool]:
    """(node whose key the others get, whether it has to make it first); ("", False) where no key is needed."""
    if not new.needs_key:
        return "", False
    usable = {name: sight.sum(new.key_path) for name, sight in sights.items() if sight.key_size >= SMALLEST_KEY}
    running = Counter(key for name, key in usable.items() if sights[name].running)
    counts = Counter(usable.values())
    if not usable:
        return cluster.nodes[0].name, True
    place = {node.name: index for index, node in enumerate(cluster.nodes)}
    best = max(usable, key=lambda name: (running[usable[name]], counts[usable[name]], -place[name]))
    return best, False


def _node(
    facts: NodeFacts,
    sight: Sight,
    conf: bytes,
    digest: str,
    new: Meaning,
    version: str,
    key_from: str,
    key_makes: bool,
    sights: Mapping[str, Sight],
) -> NodePlan:
    installed = bool(facts.corosync.version)
    writes = ConfAction.KEEP if sight.sum(CONF_PATH) == digest else ConfAction.WRITE
    key = KeyAction.NONE
    if new.needs_key:
        if facts.node == key_from:
            key = KeyAction.CREATE if key_makes else KeyAction.KEEP
        else:
            same = not key_makes and sight.sum(new.key_path) == sights[key_from].sum(new.key_path)
            key = KeyAction.KEEP if same else KeyAction.COPY
    stray = sight.running > 0 and bool(sight.service) and not sight.active
    changed = writes is ConfAction.WRITE or key in (KeyAction.CREATE, KeyAction.COPY)
    if not sight.running and not sight.active:
        start = Start.START
    elif stray or changed or change.not_applied(new, sight.cmap):
        start = Start.RESTART
    else:
        start = Start.NONE
    old = meaning.read(sight.conf, version) if sight.conf is not None else None
    return NodePlan(
        name=facts.node,
        version=facts.corosync.version,
        program=facts.corosync.path or "corosync",
        install=not installed,
        key=key,
        conf=writes,
        start=start,
        enable=not sight.enabled,
        conf_before=sight.sum(CONF_PATH),
        key_before=sight.sum(new.key_path),
        directories=sight.missing,
        diff=difference(sight.conf, conf) if writes is ConfAction.WRITE else "",
        service_manager=facts.service_manager,
        was_running=sight.running > 0,
        was_ring=sight.running > 0 and not (old is not None and old.sample),
        replaces_stray=stray,
    )


def _versions(facts: Mapping[str, NodeFacts]) -> tuple[Refusal, ...]:
    lines: dict[tuple[str, ...], list[str]] = {}
    for name, found in facts.items():
        if found.corosync.version:
            lines.setdefault(tuple(found.corosync.version.split(".")[:2]), []).append(name)
    if len(lines) < 2:
        return ()
    who = "; ".join(f"{'.'.join(line)} on {', '.join(names)}" for line, names in sorted(lines.items()))
    return (
        Refusal(
            "version-mix",
            f"The nodes have different versions of corosync: {who}.",
            next_step="Bring the same version onto all nodes.",
        ),
    )


def _mistakes(conf: bytes, version: str) -> tuple[Refusal, ...]:
    return tuple(
        Refusal("conf", f"corosync.conf:{found.line}: {found.message}", next_step="Mend the file.")
        for found in check(parse(conf), corosync=version)
        if found.severity == "error" and found.stage in ("parser", "start")
    )


def _foreign(plan: NodePlan, sight: Sight, new: Meaning, version: str, known: Collection[str]) -> tuple[Refusal, ...]:
    if not plan.was_ring or ours(sight, new, version, known):
        return ()
    theirs = meaning.read(sight.conf, version) if sight.conf is not None else Meaning()
    name = f" of the cluster {theirs.cluster_name}" if theirs.cluster_name else ""
    return (
        Refusal(
            "running-cluster",
            f"corosync runs there with a configuration{name} that did not come from this directory.",
            node=plan.name,
            next_step="Read it with `corotui adopt`, or say --take-over to replace it.",
            consent=Consent.RUNNING,
        ),
    )


def ours(sight: Sight, new: Meaning, version: str, known: Collection[str]) -> bool:
    """Whether the configuration on a node belongs to this cluster: it was rolled out from here, or it is an earlier or
    later state of the same file (same cluster name, one nodelist holds the other)."""
    if sight.sum(CONF_PATH) in known:
        return True
    if sight.conf is None:
        return False
    theirs = meaning.read(sight.conf, version)
    if theirs.cluster_name != new.cluster_name or not theirs.names or not new.names:
        return False
    mine, others = set(new.names.values()), set(theirs.names.values())
    return mine <= others or others <= mine


def _pacemaker(plan: NodePlan, sight: Sight) -> tuple[Refusal, ...]:
    if not sight.pacemaker or plan.start in (Start.NONE, Start.RELOAD):
        return ()
    return (
        Refusal(
            "pacemaker",
            "Pacemaker runs there, and it stops with corosync: its resources stop or move to other nodes, and a node "
            "that does not leave in time is fenced.",
            node=plan.name,
            next_step="Move the resources away first (`crm node standby`, `pcs node standby`), or say "
            "--allow-pacemaker.",
            consent=Consent.PACEMAKER,
        ),
    )


def _order(nodes: tuple[NodePlan, ...], sights: Mapping[str, Sight], new: Meaning, version: str) -> Order:
    felt = [node for node in nodes if node.was_ring and node.start is Start.RESTART]
    if len(felt) < 2:
        return Order.TOGETHER
    for node in felt:
        before = sights[node.name].conf
        old = meaning.read(before, version) if before is not None else Meaning()
        key_changes = node.key in (KeyAction.CREATE, KeyAction.COPY)
        if change.order(old, new, key_changes=key_changes) is Order.TOGETHER:
            return Order.TOGETHER
    return Order.ROLLING


def _warnings(
    cluster: Cluster,
    nodes: tuple[NodePlan, ...],
    sights: Mapping[str, Sight],
    new: Meaning,
    version: str,
    conf: bytes,
) -> tuple[str, ...]:
    out: list[str] = []
    names = {node.name for node in cluster.nodes}
    if new.names:
        unreached = [name for name in new.names.values() if name and name not in names]
        unnamed = [name for name in names if name not in new.names.values()]
        if unreached and unnamed:
            out.append(
                f"corosync.conf names {', '.join(unreached)}, cluster.toml {', '.join(sorted(unnamed))}; "
                "use the same names in both."
            )
        elif unreached:
            out.append(f"{', '.join(unreached)} stands in corosync.conf and not in cluster.toml; it is not touched.")
        elif unnamed:
            out.append(f"{', '.join(sorted(unnamed))} stands in cluster.toml and not in corosync.conf's nodelist.")
    for node in nodes:
        before = sights[node.name].conf
        if before is not None and node.conf is ConfAction.WRITE and not node.was_running:
            old = meaning.read(before, version)
            if not old.sample and old.cluster_name and old.cluster_name != new.cluster_name:
                out.append(
                    f"{node.name} holds a configuration of the cluster {old.cluster_name}, which does not run; it is "
                    "kept beside the new one as corosync.conf.corotui-previous."
                )
    out += [
        f"corosync.conf:{found.line}: {found.message}"
        for found in check(parse(conf), corosync=version)
        if found.severity in ("error", "warning") and not (found.severity == "error" and found.stage != "wrong")
    ]
    return tuple(out)
