"""What prevents a rollout, and what only the operator can allow. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from corotui.cluster.finding import Severity
from corotui.conf import check, parse
from corotui.conf.constants import CONF_PATH
from corotui.conf.summary import ConfSummary
from corotui.rollout.model import Consent, NodePlan, Refusal, ServiceAction
from corotui.rollout.plan.inputs import PlanInputs


def find_refusals(inputs: PlanInputs, nodes: Sequence[NodePlan]) -> tuple[Refusal, ...]:
    """Returns all refusals, those that concern the whole cluster first."""
    return (*_versions(inputs), *_conf_errors(inputs), *_foreign(inputs), *_pacemaker(inputs, nodes))


def _versions(inputs: PlanInputs) -> Iterator[Refusal]:
    series: dict[str, list[str]] = {}
    for name, facts in inputs.facts.items():
        if facts.corosync.version:
            release = facts.corosync.release
            series.setdefault(release.series if release else facts.corosync.version, []).append(name)
    if len(series) > 1:
        nodes = "; ".join(f"{number} on {', '.join(names)}" for number, names in sorted(series.items()))
        yield Refusal(
            "version-mix",
            f"The nodes have different versions of corosync: {nodes}.",
            next_step="Install the same version on all nodes.",
        )


def _conf_errors(inputs: PlanInputs) -> Iterator[Refusal]:
    for diagnostic in check(parse(inputs.conf), release=inputs.target_release):
        if diagnostic.severity is Severity.ERROR and diagnostic.stage in ("parser", "start"):
            what = f"corosync.conf:{diagnostic.line}: {diagnostic.message}"
            yield Refusal("conf", what, next_step="Correct the file.")


def _foreign(inputs: PlanInputs) -> Iterator[Refusal]:
    for node in inputs.cluster.nodes:
        if inputs.is_in_ring(node.name) and not belongs_to_cluster(inputs, node.name):
            present = inputs.summary_on(node.name) or ConfSummary()
            of = f" of the cluster {present.cluster_name}" if present.cluster_name else ""
            yield Refusal(
                "running-cluster",
                f"corosync runs there with a configuration{of} that did not come from this directory.",
                node=node.name,
                next_step="Read it with `corotui adopt`, or say --take-over to replace it.",
                consent=Consent.RUNNING,
            )


def belongs_to_cluster(inputs: PlanInputs, node: str) -> bool:
    """Whether the configuration on a node belongs to this cluster.

    It was rolled out from this directory, or it is an earlier or later state of the same file: the cluster name is the
    same, and one nodelist contains the other.
    """
    digest = inputs.snapshots[node].sha256_of(CONF_PATH)
    if digest == inputs.conf_sha256 or digest in inputs.known_digests:
        return True
    present, target = inputs.summary_on(node), inputs.target_summary
    if present is None or present.cluster_name != target.cluster_name:
        return False
    if not present.node_names or not target.node_names:
        return False
    present_names, target_names = set(present.node_names.values()), set(target.node_names.values())
    return target_names <= present_names or present_names <= target_names


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
