"""An app that writes to its terminal no more than the terminal takes and, where wanted, only what changed."""

from __future__ import annotations

from typing import Any  # screens of any result type, as in Textual's own signature

from rich.console import RenderableType
from textual.app import App
from textual.screen import Screen

from corotui.console.terminal.driver import ConsoleDriver
from corotui.console.terminal.frame_diff import FrameDiff, FrameUpdate

_MAX_BACKLOG = 200_000  # characters that may wait for the terminal before frames are left out


class ThrottledApp(App[int]):
    """Stands between Textual and the terminal.

    Overrides two private methods of Textual's `App`. Where a release has them under another name, Textual calls its
    own: the console then writes whole widgets, does not wait for a slow terminal, and ends with a traceback on a
    defect. `private_names` lists them.
    """

    def __init__(self, *, diff_frames: bool, ansi_color: bool | None) -> None:
        super().__init__(ansi_color=ansi_color)
        self.behind = False
        """Whether the last frame was left out because the terminal had not taken the ones before. `redraw` makes up
        for it."""
        self.console_driver: ConsoleDriver | None = None
        """The way to the terminal; None before the app runs, and in a test without a terminal."""
        self._frame_diff = FrameDiff() if diff_frames else None

    def attach_driver(self, driver: ConsoleDriver) -> None:
        """Called by the driver when it is made."""
        self.console_driver = driver

    def write_to_terminal(self, sequence: str) -> None:
        """Sends a control sequence. Without a terminal it is dropped."""
        if self.console_driver is not None:
            self.console_driver.write(sequence)

    def handle_defect(self, error: Exception) -> bool:
        """Takes an exception that a handler raised. Returns False to leave it to Textual."""
        return False

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:  # Any: as in Textual
        """Textual's one way to the terminal.

        Leaves a frame out while the terminal has not taken the ones before: at 11 kB a frame, a stalled terminal
        would otherwise collect megabytes. Replaces the frame by its difference to the last one where that is wanted
        (`frame_diff` has the figures).
        """
        driver = self.console_driver
        if renderable is None or driver is None or not self.is_running:
            super()._display(screen, renderable)
            return
        self.behind = driver.backlog > _MAX_BACKLOG
        if self.behind:
            if self._frame_diff is not None:
                self._frame_diff.reset()
            return
        # The frame as a whole is only to be had from the screen's compositor, which is private.
        compositor = getattr(screen, "_compositor", None)
        if self._frame_diff is None or compositor is None or screen is not self.screen:
            super()._display(screen, renderable)
            return
        update = FrameUpdate(self._frame_diff, compositor.render_strips(), screen.size, self.console)
        if update.is_empty:
            self.post_display_hook()
            return
        update.cursor = screen.outer_size.clamp_offset(self.cursor_position)
        super()._display(screen, update)

    def _handle_exception(self, error: Exception) -> None:
        """Textual's one way out of an exception in a handler; it has no public hook for that."""
        if not self.handle_defect(error):
            super()._handle_exception(error)

    def redraw(self) -> None:
        """Writes the whole screen anew, for a terminal that shows something else."""
        if self._frame_diff is not None:
            self._frame_diff.reset()
        self.screen.refresh(layout=True)
