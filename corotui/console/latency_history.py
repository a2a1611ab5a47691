"""Latencies of the links since the console was opened, for the sparklines of the Ring step."""

from __future__ import annotations

from collections import deque

from corotui.ring.model import Ring

MAX_SAMPLES = 120  # kept per link


class LatencyHistory:
    """Collects latencies from each new state of the ring."""

    def __init__(self) -> None:
        self.samples: dict[int, deque[int]] = {}
        """Number of a link -> mean latencies in microseconds, the oldest first."""
        self._last: Ring | None = None

    def add(self, ring: Ring | None) -> None:
        """Adds the mean latency of each link, unless the ring is the one that was added last."""
        if ring is None or ring is self._last:
            return
        self._last = ring
        latencies: dict[int, list[int]] = {}
        for node in ring.nodes:
            for link in node.links:
                if link.connected and link.latency is not None:
                    latencies.setdefault(link.link, []).append(link.latency)
        for link_number, values in latencies.items():
            samples = self.samples.setdefault(link_number, deque(maxlen=MAX_SAMPLES))
            samples.append(sum(values) // len(values))
