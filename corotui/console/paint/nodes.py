"""The Nodes step: which machines, how ssh reaches them, whether they answer."""

from __future__ import annotations

import re

from corotui.cluster.model import Node
from corotui.console.paint.frame import BLANK, Frame
from corotui.console.paint.line import Line, Row, columns, share, wrapped
from corotui.facts.model import NodeFacts
from corotui.walk.model import NodeStatus, Picture


def address(node: Node) -> str:
    """ "ec2-user@10.0.0.11 port 2222 through bastion", as far as cluster.toml says it."""
    if node.local:
        return "this machine"
    user = f"{node.ssh.user}@" if node.ssh.user else ""
    port = f" port {node.ssh.port}" if node.ssh.port not in (None, 22) else ""
    jump = f" through {node.ssh.jump}" if node.ssh.jump else ""
    return f"{user}{node.host}{port}{jump}"


def os_name(facts: NodeFacts) -> str:
    """ "Debian 12", "Amazon Linux 2023": the name without what only the distribution cares about."""
    name = facts.os.name or " ".join(filter(None, (facts.os.id, facts.os.version))) or "system not understood"
    return re.sub(r"\s*\(.*\)|GNU/Linux ", "", name)


def system(facts: NodeFacts) -> str:
    """ "Debian 12, corosync 3.1.7"."""
    corosync = facts.corosync.version
    return f"{os_name(facts)}, corosync {corosync}" if corosync else f"{os_name(facts)}, no corosync"


def node_rows(picture: Picture, frame: Frame) -> list[Row]:
    """An item for each node (key "node:NAME")."""
    nodes = picture.cluster.nodes
    if not nodes:
        return [
            *frame.note("No node yet.", style=""),
            *frame.note(
                "a adds one: its name in the ring, and where ssh reaches it. A ring wants at least two, better three."
            ),
        ]
    states = {state.name: state for state in picture.nodes}
    addresses = [address(node) for node in nodes]
    wanted = [max(4, *(len(n.name) for n in nodes)), max(11, *map(len, addresses)), 15, 12]
    widths = share(wanted, frame.width, least=5)
    head = columns(["name", "ssh goes to", "connection", "last word"], widths, right=[3]).styled("context")
    rows = [Row(head)]
    for node, where in zip(nodes, addresses, strict=True):
        rows += _node(node, where, states.get(node.name, NodeStatus(node.name)), widths, frame)
    return rows


def _node(node: Node, where: str, status: NodeStatus, widths: list[int], frame: Frame) -> list[Row]:
    key = f"node:{node.name}"
    rows = [
        Row(columns([node.name, where, frame.connection(status), _last_word(status, frame)], widths, right=[3]), key)
    ]
    indent = widths[0] + 2
    if status.error and status.connection in ("failed", "lost"):
        lines = wrapped(status.error, frame.width, first=" " * indent, hang=indent)
        rows += [Row(line, key) for line in lines]
    if status.facts is not None:
        rows.append(Row(Line(" " * indent, (system(status.facts), "context")).fit(frame.width), key))
    return rows


def _last_word(status: NodeStatus, frame: Frame) -> Line:
    if status.facts is None:
        return Line((frame.glyphs.none, "context"))
    ago = frame.ago(status.facts.taken_at)
    return Line((ago, "context")) if status.live else Line((f"{frame.glyphs.stale} {ago}", "context"))


def nodes_page(picture: Picture, frame: Frame) -> list[Row]:
    """The whole step."""
    rows = node_rows(picture, frame)
    if picture.error:
        rows += [BLANK, *frame.note(picture.error, style="needs")]
    return rows
