"""A screen that paints as soon as its widgets have asked for it, not at the next tick of Textual's clock."""

from __future__ import annotations

import asyncio

from textual.screen import Screen, ScreenResultType

_GATHER = 0.001  # seconds in which the widgets that a key changed all get to ask, so that it costs one frame
_FRAME = 1 / 60  # seconds between two frames at least


class SwiftScreen(Screen[ScreenResultType]):
    """Textual looks for what is to be painted every 16 ms; waiting for that is half of what a key takes."""

    _frame_due = False
    _last_frame = 0.0

    def on_idle(self) -> None:
        if self._frame_due or not (self._dirty_widgets or self._layout_required or self._repaint_required):
            return
        self._frame_due = True
        loop = asyncio.get_running_loop()
        loop.call_at(max(loop.time() + _GATHER, self._last_frame + _FRAME), self._paint_frame)

    def _paint_frame(self) -> None:
        self._frame_due = False
        if self.is_running and self.is_current:
            self._last_frame = asyncio.get_running_loop().time()
            self._on_timer_update()
