"""Limits how often the screen is updated."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class FrameScheduler:
    """Calls `render` at most once per interval, however often a frame is requested: keys must not wait for output."""

    def __init__(self, render: Callable[[], object], interval: float) -> None:
        """`interval`: seconds between the end of a frame and the next call of `render`."""
        self._render = render
        self._interval = interval
        self._requested = False
        self._last_frame = 0.0

    def request(self) -> None:
        """Requests a frame. Needs a running event loop."""
        if not self._requested:
            self._requested = True
            loop = asyncio.get_running_loop()
            loop.call_at(max(loop.time(), self._last_frame + self._interval), self._render)

    def frame_rendered(self) -> None:
        """Must be called when a frame is rendered. From then on another one can be requested."""
        self._requested = False
        self._last_frame = asyncio.get_running_loop().time()
