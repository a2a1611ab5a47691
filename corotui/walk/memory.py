"""What a walk remembers in the directory's state.db: the step it stands at, the facts it saw last."""

from __future__ import annotations

from corotui.directory import Directory
from corotui.walk.model import NodeStatus, Picture, Step


def first_picture(directory: Directory) -> Picture:
    """The picture of a walk that is opened: the directory's files, the saved step and facts, nothing live."""
    cluster = directory.cluster()
    return Picture(
        cluster=cluster,
        directory=str(directory.path),
        step=Step.NODES,
        steps=(),
        nodes=tuple(NodeStatus(node.name) for node in cluster.nodes),
        conf=directory.conf(),
    )
