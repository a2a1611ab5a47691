"""An app that writes to its terminal no more than the terminal takes, and if wanted only what changed."""

from __future__ import annotations

from typing import Any

from rich.console import RenderableType
from rich.control import Control
from textual._compositor import LayoutUpdate
from textual.app import App
from textual.screen import Screen
from textual.strip import Strip

from corotui.console.terminal.driver import ConsoleDriver
from corotui.console.terminal.frame_diff import FrameDiff

_MAX_BACKLOG = 200_000  # characters that wait for the terminal before painting stops


class ThrottledApp(App[int]):
    """`sparing`: only what differs from the frame before is written. `behind`: the terminal has not taken what it was
    given, so a frame was left out; `redraw` makes up for it."""

    def __init__(self, *, diff_frames: bool, ansi_color: bool | None) -> None:
        super().__init__(ansi_color=ansi_color)
        self.behind = False
        self._frame_diff = FrameDiff() if diff_frames else None

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Textual's one way to the terminal. Nothing is written while the terminal has not taken what it was given
        before; with `frames`, only what differs from the last frame is."""
        driver = self._driver
        if renderable is None or not isinstance(driver, ConsoleDriver) or not self._running:
            super()._display(screen, renderable)
            return
        self.behind = driver.backlog > _MAX_BACKLOG
        if self.behind:
            if self._frame_diff is not None:
                self._frame_diff.reset()
            return
        if self._frame_diff is None or screen is not self.screen or self._batch_count:
            super()._display(screen, renderable)
            return
        whole = screen._compositor.render_update(full=True, screen_stack=self._background_screens)
        if not isinstance(whole, LayoutUpdate):
            super()._display(screen, renderable)
            return
        lines = [Strip.join(list(chops)) for chops in whole.strips]
        changed = self._frame_diff.update_sequence(lines, screen.size, self.console)
        if changed:
            self._begin_update()
            driver.write(changed + Control.move_to(*screen.outer_size.clamp_offset(self.cursor_position)).segment.text)
            self._end_update()
            driver.flush()
        self.post_display_hook()

    def redraw(self) -> None:
        """The whole screen anew, for a terminal that shows rubbish."""
        if self._frame_diff is not None:
            self._frame_diff.reset()
        self.screen.refresh(layout=True)
