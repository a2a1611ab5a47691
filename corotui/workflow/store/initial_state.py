"""The first picture of a walk: from the directory alone, without a network."""

from __future__ import annotations

from corotui import network
from corotui.directory import Directory
from corotui.rollout import interrupted_rollout
from corotui.workflow import findings, link_selection
from corotui.workflow.state import NodeStatus, WorkflowState
from corotui.workflow.store.persistence import WorkflowStore


def load_initial_state(directory: Directory, storage: WorkflowStore) -> WorkflowState:
    """The directory's files, the saved step and facts (nothing of them live), what waits for `recover`."""
    cluster = directory.read_cluster()
    step, networks, kept = storage.load()
    facts = {node.name: kept[node.name] for node in cluster.nodes if node.name in kept}
    conf = directory.read_conf()
    proposals = network.propose_links(facts) if facts else ()
    found = findings.collect_findings(facts, cluster.install, conf)
    return WorkflowState(
        cluster=cluster,
        directory=str(directory.path),
        step=step,
        steps=(),
        nodes=tuple(NodeStatus(node.name, facts=facts.get(node.name)) for node in cluster.nodes),
        findings=findings.merge_findings(found),
        findings_by_step=found,
        links=proposals,
        chosen_links=link_selection.known_networks(proposals, networks),
        conf=conf,
        interrupted=interrupted_rollout(directory),
    )
