"""The ring as the nodes see it: one look, and the watch over it."""

from __future__ import annotations

from corotui.ring.judge import judge
from corotui.ring.look import look
from corotui.ring.model import LinkView, NodeView, Ring, RingEvent
from corotui.ring.names import names_of
from corotui.ring.watch import watch

__all__ = ["LinkView", "NodeView", "Ring", "RingEvent", "judge", "look", "names_of", "watch"]
