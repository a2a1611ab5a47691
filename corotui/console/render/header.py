"""Renders the header: cluster, nodes, quorum. What is old is shown as old."""

from __future__ import annotations

from corotui.cluster.phrasing import format_age, format_count
from corotui.console.render.context import STALE_AFTER, RenderContext
from corotui.console.render.layout import StyledLine, spread
from corotui.ring.model import Ring
from corotui.workflow.state import WorkflowState


def render_header(state: WorkflowState, context: RenderContext, *, readonly: bool = False) -> StyledLine:
    """Returns a line over the whole width."""
    left = StyledLine(" ", ("corotui", "accent"), "  ", (state.cluster.name, "strong"))
    if readonly:
        left = StyledLine(left, ("  read-only", "context"))
    dot = f" {context.glyphs.separator} "
    right = StyledLine(
        format_count(len(state.cluster.nodes), "node"), (dot, "context"), _render_ring(state, context), " "
    )
    return spread(left, right, context.width)


def _render_ring(state: WorkflowState, context: RenderContext) -> StyledLine:
    ring = state.ring
    if ring is None:
        running = any(n.facts is not None and n.facts.corosync.running for n in state.nodes)
        return StyledLine("ring not checked yet" if running else "no ring yet", "")
    age = context.now - last_view_time(ring)
    quorum = _render_quorum(ring, context)
    if age < STALE_AFTER:
        return quorum
    return StyledLine(
        (f"{context.glyphs.stale} ", "needs"), quorum.styled("context"), (f", {format_age(age)} ago", "needs")
    )


def _render_quorum(ring: Ring, context: RenderContext) -> StyledLine:
    members = f"{len(ring.members)} of {ring.expected_count}"
    if not ring.quorate:
        if not any(node.running for node in ring.nodes):
            return StyledLine((f"{context.glyphs.down} ", "context"), "no ring")
        return StyledLine((f"{context.glyphs.failed} no quorum", "broken"), f", {members} members")
    if ring.healthy:
        return StyledLine((f"{context.glyphs.up} ", ""), f"quorate, {members} members")
    return StyledLine((f"{context.glyphs.needs} ", "needs"), f"quorate, {members} members")


def last_view_time(ring: Ring) -> float:
    """Returns when a node last reported the ring, in Unix seconds; 0.0 for a ring without nodes."""
    return max((node.taken_at for node in ring.nodes), default=0.0)
