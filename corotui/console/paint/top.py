"""The top line: cluster, nodes, quorum. It never lies: what is old is shown as old."""

from __future__ import annotations

from corotui.console.paint.frame import STALE_AFTER, Frame
from corotui.console.paint.line import Line, ends
from corotui.console.words import age, count
from corotui.ring.model import Ring
from corotui.walk.model import Picture


def top_line(picture: Picture, frame: Frame, *, readonly: bool = False) -> Line:
    """One line over the whole width of the frame."""
    left = Line(" ", ("corotui", "accent"), "  ", (picture.cluster.name, "strong"))
    if readonly:
        left = Line(left, ("  read-only", "context"))
    dot = f" {frame.glyphs.separator} "
    right = Line(count(len(picture.cluster.nodes), "node"), (dot, "context"), _ring(picture, frame), " ")
    return ends(left, right, frame.width)


def _ring(picture: Picture, frame: Frame) -> Line:
    ring = picture.ring
    if ring is None:
        running = any(n.facts is not None and n.facts.corosync.running for n in picture.nodes)
        return Line("ring not looked at yet" if running else "no ring yet", "")
    old = frame.now - last_word(ring)
    words = _quorum(ring, frame)
    if old < STALE_AFTER:
        return words
    return Line((f"{frame.glyphs.stale} ", "needs"), words.styled("context"), (f", {age(old)} ago", "needs"))


def _quorum(ring: Ring, frame: Frame) -> Line:
    members = f"{len(ring.members)} of {ring.expected}"
    if not ring.quorate:
        if not any(node.running for node in ring.nodes):
            return Line((f"{frame.glyphs.down} ", "context"), "no ring")
        return Line((f"{frame.glyphs.failed} no quorum", "broken"), f", {members} members")
    if ring.healthy:
        return Line((f"{frame.glyphs.up} ", ""), f"quorate, {members} members")
    return Line((f"{frame.glyphs.needs} ", "needs"), f"quorate, {members} members")


def last_word(ring: Ring) -> float:
    """When the newest view of the ring was taken, Unix seconds; 0.0 for a ring without nodes."""
    return max((node.taken_at for node in ring.nodes), default=0.0)
