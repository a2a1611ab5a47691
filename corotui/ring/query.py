"""Asks all nodes for their view of the ring at once, one round trip each."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence

from corotui.cluster.events import Purpose
from corotui.errors import CorotuiError
from corotui.ring.expected import ExpectedRing
from corotui.ring.membership import merge_views
from corotui.ring.model import NodeView, Ring
from corotui.ring.node_report import NodeReport, make_view, parse_report
from corotui.ring.script import SCRIPT
from corotui.ssh.fanout import Shells, on_nodes
from corotui.ssh.large_answers import parse_aside
from corotui.ssh.shell import Shell


async def query_ring(
    shells: Shells,
    expected: ExpectedRing,
    *,
    purpose: Purpose = Purpose.WORK,
) -> Ring:
    """Returns the ring as all nodes of `shells` see it now; a node that fails is in it with its error."""
    reports = await fetch_reports(shells, purpose)
    return await parse_aside(lambda: merge_views(named_views(reports, expected.names), expected), size_of(reports))


async def fetch_reports(shells: Shells, purpose: Purpose = Purpose.WORK) -> list[NodeReport | NodeView]:
    """Returns the report of each node, in the order of `shells`; a node without one has a view with its error."""
    results = await on_nodes(shells, lambda shell: fetch_report(shell, purpose))
    return [
        unreachable_view(node, result) if isinstance(result, CorotuiError) else result
        for node, result in results.by_node.items()
    ]


async def fetch_report(shell: Shell, purpose: Purpose = Purpose.WORK) -> NodeReport:
    """Returns the report of one node.

    Raises what `Shell.run` raises (NodeUnreachableError, CommandTimeoutError, AuthenticationError), and WorkError where
    the node's sh did not run the script.
    """
    sections = await SCRIPT.run(shell, purpose=purpose)
    now = time.time()
    size = sum(len(section.text) for section in sections.values())
    return await parse_aside(lambda: parse_report(shell.node, sections, now), size)


def named_views(reports: Sequence[NodeReport | NodeView], names: Mapping[int, str]) -> list[NodeView]:
    """Returns views with the names of members. A node's own id counts more than `names`, unless two nodes claim it."""
    claims: dict[int, list[str]] = {}
    for item in reports:
        if isinstance(item, NodeReport) and item.node_id is not None:
            claims.setdefault(item.node_id, []).append(item.node)
    own = {node_id: nodes[0] for node_id, nodes in claims.items() if len(nodes) == 1}
    return [make_view(item, {**names, **own}) if isinstance(item, NodeReport) else item for item in reports]


def size_of(reports: Iterable[NodeReport | NodeView]) -> int:
    """Returns the length of all answers together, in characters."""
    return sum(report.size for report in reports if isinstance(report, NodeReport))


def unreachable_view(name: str, error: CorotuiError) -> NodeView:
    """Returns the view of a node that could not be reached."""
    return NodeView(name=name, reachable=False, taken_at=time.time(), error=error.what)
