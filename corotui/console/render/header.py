"""The top line: cluster, nodes, quorum. It never lies: what is old is shown as old."""

from __future__ import annotations

from corotui.cluster.phrasing import format_age, format_count
from corotui.console.render.context import STALE_AFTER, RenderContext
from corotui.console.render.layout import StyledLine, spread
from corotui.ring.model import Ring
from corotui.workflow.state import WorkflowState


def render_header(state: WorkflowState, context: RenderContext, *, readonly: bool = False) -> StyledLine:
    """One line over the whole width of the frame."""
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
        return StyledLine("ring not looked at yet" if running else "no ring yet", "")
    old = context.now - last_view_time(ring)
    words = _render_quorum(ring, context)
    if old < STALE_AFTER:
        return words
    return StyledLine(
        (f"{context.glyphs.stale} ", "needs"), words.styled("context"), (f", {format_age(old)} ago", "needs")
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
    """When the newest view of the ring was taken, Unix seconds; 0.0 for a ring without nodes."""
    return max((node.taken_at for node in ring.nodes), default=0.0)
