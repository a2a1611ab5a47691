"""What stands against a rollout, and what only the operator can allow. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from corotui.conf import check, parse
from corotui.rollout.case import Case
from corotui.rollout.meaning import Meaning
from corotui.rollout.model import CONF_PATH, Consent, NodePlan, Refusal, Start


def refusals(case: Case, nodes: Sequence[NodePlan]) -> tuple[Refusal, ...]:
    """All of them, those of the whole cluster first."""
    return (*_versions(case), *_mistakes(case), *_foreign(case), *_pacemaker(case, nodes))


def _versions(case: Case) -> Iterator[Refusal]:
    series: dict[str, list[str]] = {}
    for name, found in case.facts.items():
        if found.corosync.version:
            series.setdefault(".".join(found.corosync.version.split(".")[:2]), []).append(name)
    if len(series) > 1:
        who = "; ".join(f"{number} on {', '.join(names)}" for number, names in sorted(series.items()))
        yield Refusal(
            "version-mix",
            f"The nodes have different versions of corosync: {who}.",
            next_step="Bring the same version onto all nodes.",
        )


def _mistakes(case: Case) -> Iterator[Refusal]:
    for found in check(parse(case.conf), corosync=case.version):
        if found.severity == "error" and found.stage in ("parser", "start"):
            yield Refusal("conf", f"corosync.conf:{found.line}: {found.message}", next_step="Mend the file.")


def _foreign(case: Case) -> Iterator[Refusal]:
    for node in case.cluster.nodes:
        if case.in_a_ring(node.name) and not ours(case, node.name):
            theirs = case.old(node.name) or Meaning()
            of = f" of the cluster {theirs.cluster_name}" if theirs.cluster_name else ""
            yield Refusal(
                "running-cluster",
                f"corosync runs there with a configuration{of} that did not come from this directory.",
                node=node.name,
                next_step="Read it with `corotui adopt`, or say --take-over to replace it.",
                consent=Consent.RUNNING,
            )


def ours(case: Case, node: str) -> bool:
    """Whether the configuration on a node belongs to this cluster: it was rolled out from here, or it is an earlier or
    later state of the same file (same cluster name, one nodelist holds the other)."""
    digest = case.sights[node].sum(CONF_PATH)
    if digest == case.digest or digest in case.known:
        return True
    theirs, new = case.old(node), case.new
    if theirs is None or theirs.cluster_name != new.cluster_name or not theirs.names or not new.names:
        return False
    mine, others = set(new.names.values()), set(theirs.names.values())
    return mine <= others or others <= mine


def _pacemaker(case: Case, nodes: Sequence[NodePlan]) -> Iterator[Refusal]:
    for node in nodes:
        if case.sights[node.name].pacemaker and node.start in (Start.START, Start.RESTART):
            yield Refusal(
                "pacemaker",
                "Pacemaker runs there, and it stops with corosync: its resources stop or move to other nodes, and a "
                "node that does not leave in time is fenced.",
                node=node.name,
                next_step="Move the resources away first (`crm node standby`, `pcs node standby`), or say "
                "--allow-pacemaker.",
                consent=Consent.PACEMAKER,
            )
