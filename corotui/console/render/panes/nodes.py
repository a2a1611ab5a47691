"""Renders the Nodes step: the machines, how ssh reaches them, and whether they answer."""

from __future__ import annotations

import re

from corotui.cluster.model import Node
from corotui.console.render.context import RenderContext
from corotui.console.render.layout import Row, StyledLine, fit_widths, table_row, wrap_text
from corotui.console.render.row_ids import NodeRow
from corotui.facts.model import NodeFacts
from corotui.workflow.state import NodeStatus, WorkflowState


def ssh_target(node: Node) -> str:
    """Returns where ssh goes, as far as cluster.toml says it: "ec2-user@10.0.0.11 port 2222 through bastion"."""
    if node.local:
        return "this machine"
    user = f"{node.ssh.user}@" if node.ssh.user else ""
    port = f" port {node.ssh.port}" if node.ssh.port not in (None, 22) else ""
    jump = f" through {node.ssh.jump}" if node.ssh.jump else ""
    return f"{user}{node.host}{port}{jump}"


def os_name(facts: NodeFacts) -> str:
    """Returns the short name of the operating system: "Debian 12", "Amazon Linux 2023"."""
    name = facts.os.name or " ".join(filter(None, (facts.os.id, facts.os.version))) or "unknown system"
    return re.sub(r"\s*\(.*\)|GNU/Linux ", "", name)


def system_summary(facts: NodeFacts) -> str:
    """Returns "Debian 12, corosync 3.1.7", or "Debian 12, no corosync"."""
    corosync = facts.corosync.version
    return f"{os_name(facts)}, corosync {corosync}" if corosync else f"{os_name(facts)}, no corosync"


def render_nodes(state: WorkflowState, context: RenderContext) -> list[Row]:
    """Returns an item for each node."""
    nodes = state.cluster.nodes
    if not nodes:
        return [
            *context.note("No node yet.", style=""),
            *context.note(
                "Press a to add one: its name in the ring, and where ssh reaches it. A ring needs two, better three."
            ),
        ]
    statuses = {status.name: status for status in state.nodes}
    addresses = [ssh_target(node) for node in nodes]
    preferred = [max(4, *(len(n.name) for n in nodes)), max(11, *map(len, addresses)), 15, 12]
    widths = fit_widths(preferred, context.width, minimum=5)
    head = table_row(["name", "ssh goes to", "connection", "checked"], widths, right_aligned=[3]).styled("context")
    rows = [Row(head)]
    for node, where in zip(nodes, addresses, strict=True):
        rows += _render_node(node, where, statuses.get(node.name, NodeStatus(node.name)), widths, context)
    return rows


def _render_node(
    node: Node, ssh_address: str, status: NodeStatus, widths: list[int], context: RenderContext
) -> list[Row]:
    row_id = NodeRow(node.name)
    rows = [
        Row(
            table_row(
                [node.name, ssh_address, context.connection_line(status), _render_facts_age(status, context)],
                widths,
                right_aligned=[3],
            ),
            row_id,
        )
    ]
    indent = widths[0] + 2
    if status.error and status.connection.is_down:
        lines = wrap_text(status.error, context.width, prefix=" " * indent, indent=indent)
        rows += [Row(line, row_id) for line in lines]
    if status.facts is not None:
        rows.append(
            Row(StyledLine(" " * indent, (system_summary(status.facts), "context")).truncate(context.width), row_id)
        )
    return rows


def _render_facts_age(status: NodeStatus, context: RenderContext) -> StyledLine:
    if status.facts is None:
        return StyledLine((context.glyphs.none, "context"))
    ago = context.ago(status.facts.taken_at)
    return StyledLine((ago, "context")) if status.live else StyledLine((f"{context.glyphs.stale} {ago}", "context"))
