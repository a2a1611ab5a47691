"""The first picture of a walk: from the directory alone, without a network."""

from __future__ import annotations

from corotui import network
from corotui.directory import Directory
from corotui.rollout import interrupted
from corotui.walk import findings, links
from corotui.walk.memory import Memory
from corotui.walk.model import NodeStatus, Picture


def first_picture(directory: Directory, memory: Memory) -> Picture:
    """The directory's files, the saved step and facts (nothing of them live), what waits for `recover`."""
    cluster = directory.cluster()
    step, networks, kept = memory.recall()
    facts = {node.name: kept[node.name] for node in cluster.nodes if node.name in kept}
    conf = directory.conf()
    proposals = network.propose(facts) if facts else ()
    found = findings.find(facts, cluster.install, conf)
    return Picture(
        cluster=cluster,
        directory=str(directory.path),
        step=step,
        steps=(),
        nodes=tuple(NodeStatus(node.name, facts=facts.get(node.name)) for node in cluster.nodes),
        findings=findings.together(found),
        found=found,
        links=proposals,
        chosen=links.indices(proposals, networks),
        conf=conf,
        interrupted=interrupted(directory),
    )
