"""What the console remembers of the ring while it looks on: latencies for the curves."""

from __future__ import annotations

from collections import deque

from corotui.ring.model import Ring

MAX_SAMPLES = 120  # per link


class LatencyHistory:
    """Fed with each new ring."""

    def __init__(self) -> None:
        self.samples: dict[int, deque[int]] = {}
        self._last: Ring | None = None

    def add(self, ring: Ring | None) -> None:
        """Takes the mean latency of each link, microseconds, from a ring that was not seen yet."""
        if ring is None or ring is self._last:
            return
        self._last = ring
        known: dict[int, list[int]] = {}
        for node in ring.nodes:
            for link in node.links:
                if link.connected and link.latency is not None:
                    known.setdefault(link.link, []).append(link.latency)
        for link_number, values in known.items():
            row = self.samples.setdefault(link_number, deque(maxlen=MAX_SAMPLES))
            row.append(sum(values) // len(values))
