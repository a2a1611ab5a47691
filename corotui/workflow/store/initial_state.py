"""The first state of a workflow: from the directory alone, without a network."""

from __future__ import annotations

from corotui import network
from corotui.directory import Directory
from corotui.rollout import interrupted_rollout
from corotui.workflow import findings, link_selection
from corotui.workflow.state import NodeStatus, WorkflowState
from corotui.workflow.store.persistence import WorkflowStore


def load_initial_state(directory: Directory, storage: WorkflowStore) -> WorkflowState:
    """Returns the state from the directory's files and what the last session saved. No facts in it are live."""
    cluster = directory.read_cluster()
    saved = storage.load()
    facts = {node.name: saved.facts[node.name] for node in cluster.nodes if node.name in saved.facts}
    conf = directory.read_conf()
    proposals = network.propose_links(facts) if facts else ()
    by_step = findings.collect_findings(facts, cluster.install, conf)
    return WorkflowState(
        cluster=cluster,
        directory=str(directory.path),
        step=saved.step,
        steps=(),
        nodes=tuple(NodeStatus(node.name, facts=facts.get(node.name)) for node in cluster.nodes),
        findings=findings.merge_findings(by_step),
        findings_by_step=by_step,
        links=proposals,
        chosen_links=link_selection.known_networks(proposals, saved.links),
        conf=conf,
        interrupted=interrupted_rollout(directory),
    )
