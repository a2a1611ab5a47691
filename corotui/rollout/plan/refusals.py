"""What stands against a rollout, and what only the operator can allow. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from corotui.cluster.finding import Severity
from corotui.conf import check, parse
from corotui.conf.constants import CONF_PATH
from corotui.conf.summary import ConfSummary
from corotui.rollout.model import Consent, NodePlan, Refusal, ServiceAction
from corotui.rollout.plan.inputs import PlanInputs


def find_refusals(inputs: PlanInputs, nodes: Sequence[NodePlan]) -> tuple[Refusal, ...]:
    """All of them, those of the whole cluster first."""
    return (*_versions(inputs), *_conf_errors(inputs), *_foreign(inputs), *_pacemaker(inputs, nodes))


def _versions(inputs: PlanInputs) -> Iterator[Refusal]:
    series: dict[str, list[str]] = {}
    for name, found in inputs.facts.items():
        if found.corosync.version:
            release = found.corosync.release
            series.setdefault(release.series if release else found.corosync.version, []).append(name)
    if len(series) > 1:
        who = "; ".join(f"{number} on {', '.join(names)}" for number, names in sorted(series.items()))
        yield Refusal(
            "version-mix",
            f"The nodes have different versions of corosync: {who}.",
            next_step="Bring the same version onto all nodes.",
        )


def _conf_errors(inputs: PlanInputs) -> Iterator[Refusal]:
    for found in check(parse(inputs.conf), release=inputs.target_release):
        if found.severity is Severity.ERROR and found.stage in ("parser", "start"):
            yield Refusal("conf", f"corosync.conf:{found.line}: {found.message}", next_step="Mend the file.")


def _foreign(inputs: PlanInputs) -> Iterator[Refusal]:
    for node in inputs.cluster.nodes:
        if inputs.is_in_ring(node.name) and not belongs_to_cluster(inputs, node.name):
            theirs = inputs.summary_on(node.name) or ConfSummary()
            of = f" of the cluster {theirs.cluster_name}" if theirs.cluster_name else ""
            yield Refusal(
                "running-cluster",
                f"corosync runs there with a configuration{of} that did not come from this directory.",
                node=node.name,
                next_step="Read it with `corotui adopt`, or say --take-over to replace it.",
                consent=Consent.RUNNING,
            )


def belongs_to_cluster(inputs: PlanInputs, node: str) -> bool:
    """Whether the configuration on a node belongs to this cluster: it was rolled out from here, or it is an earlier or
    later state of the same file (same cluster name, one nodelist holds the other)."""
    digest = inputs.snapshots[node].sha256_of(CONF_PATH)
    if digest == inputs.conf_sha256 or digest in inputs.known_digests:
        return True
    theirs, new = inputs.summary_on(node), inputs.target_summary
    if theirs is None or theirs.cluster_name != new.cluster_name or not theirs.node_names or not new.node_names:
        return False
    mine, others = set(new.node_names.values()), set(theirs.node_names.values())
    return mine <= others or others <= mine


def _pacemaker(inputs: PlanInputs, nodes: Sequence[NodePlan]) -> Iterator[Refusal]:
    for node in nodes:
        if inputs.snapshots[node.name].pacemaker and node.service_action in (
            ServiceAction.START,
            ServiceAction.RESTART,
        ):
            yield Refusal(
                "pacemaker",
                "Pacemaker runs there, and it stops with corosync: its resources stop or move to other nodes, and a "
                "node that does not leave in time is fenced.",
                node=node.name,
                next_step="Move the resources away first (`crm node standby`, `pcs node standby`), or say "
                "--allow-pacemaker.",
                consent=Consent.PACEMAKER,
            )
