"""Renders the Network step: the subnets that could be links of the ring."""

from __future__ import annotations

from corotui.console.render.context import BLANK_ROW, RenderContext
from corotui.console.render.findings import render_finding
from corotui.console.render.layout import Row, StyledLine, spread, table_row, wrap_text
from corotui.console.render.row_ids import LinkRow
from corotui.network.model import Endpoint, LinkProposal
from corotui.workflow.link_selection import selected_links
from corotui.workflow.state import Step, WorkflowState


def render_network(state: WorkflowState, context: RenderContext) -> list[Row]:
    """Returns the subnets with the address of each node in them, the selected ones first; then findings."""
    rows: list[Row] = []
    used = selected_links(state)
    if not state.links:
        rows += context.note("No subnet is known yet. Connect to the nodes first.", style="")
    for link in (*used, *(link for link in state.links if link not in used)):
        rows += _render_link(link, state, used, context)
    findings = state.findings_of(Step.NETWORK)
    if findings:
        if state.links:
            rows.append(BLANK_ROW)
        for finding in findings:
            rows += render_finding(finding, context, indent=0)
    return rows


def _render_link(
    link: LinkProposal, state: WorkflowState, selected: tuple[LinkProposal, ...], context: RenderContext
) -> list[Row]:
    row_id = LinkRow(link.network)
    number = f"Link {selected.index(link)}" if link in selected else "      "
    nodes = len(state.cluster.nodes)
    has = f"{len(link.endpoints)} of {nodes} nodes" if link.missing else "every node has it"
    name = "strong" if link in selected else ""
    left = StyledLine((number, "strong"), "  ", (str(link.network), "strong" if name else ""), "  ", (has, "context"))
    rows = [Row(spread(left, _render_link_status(link, state, selected, context), context.width), row_id)]
    widths = [max(len(end.node) for end in link.endpoints), 10, 15, 5, 8] if link.endpoints else []
    if widths:
        widths[1] = min(max(len(end.interface) for end in link.endpoints), 15)
        widths[2] = max(len(str(end.address)) for end in link.endpoints)
    rows += [
        Row(StyledLine("  ", _render_endpoint(end, widths)).truncate(context.width), row_id) for end in link.endpoints
    ]
    if link.missing:
        have = "has" if len(link.missing) == 1 else "have"
        text = f"{', '.join(link.missing)} {have} no address in it"
        rows += [Row(line, row_id) for line in wrap_text(text, context.width, prefix="  ", indent=2)]
    for note in ((link.reason,) if link.reason and not link.missing and not link.usable else ()) + link.notes:
        rows += [Row(line, row_id) for line in wrap_text(note, context.width, style="context", prefix="  ", indent=2)]
    return rows


def _render_endpoint(end: Endpoint, widths: list[int]) -> StyledLine:
    mtu = "" if end.mtu is None else str(end.mtu)
    up = {True: "up", False: "down", None: "state unknown"}[end.up]
    state = StyledLine((up, "broken" if end.up is False else ""))
    return table_row([end.node, end.interface, str(end.address), mtu, state], [*widths[:4], 13], right_aligned=[3])


def _render_link_status(
    link: LinkProposal, state: WorkflowState, selected: tuple[LinkProposal, ...], context: RenderContext
) -> StyledLine:
    if not link.usable:
        return StyledLine(("not usable", "context"))
    if link.network in state.chosen_links:
        return StyledLine((f"{context.glyphs.done} chosen", ""))
    if link in selected:
        return StyledLine((f"{context.glyphs.current} recommended", "accent"))
    return StyledLine(("usable", "context"))
