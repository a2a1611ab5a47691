"""An app that also ends well on a signal, when its terminal is gone, and when corotui has a defect."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
import termios

from corotui.console.terminal.driver import HANGUP_EXIT_CODE
from corotui.console.terminal.throttled_app import ThrottledApp


class LifecycleApp(ThrottledApp):
    """An app that restores the terminal when it ends. Work on nodes is not cancelled with it; it runs on to its safe
    point.
    """

    def __init__(self, *, diff_frames: bool, ansi_color: bool | None) -> None:
        super().__init__(diff_frames=diff_frames, ansi_color=ansi_color)
        self.defect = ""
        """What to tell the operator about a defect that ended the app; "" if there was none."""

    def detach(self) -> None:
        """Stops updating the screen and asking questions."""
        raise NotImplementedError

    def record_defect(self, error: Exception) -> str:
        """Adds a traceback to the log file. Returns a sentence for the operator."""
        raise NotImplementedError

    def end(self, code: int) -> None:
        """Closes the screen. `code` becomes the exit code."""
        self.detach()
        self.exit(code)

    def on_ready(self) -> None:
        # What exists now stays: without this, a garbage collection of it delays a key by 45 ms. A key in the editor
        # creates and drops some 1,500 containers; with the default threshold that means two collections.
        gc.freeze()
        gc.set_threshold(50_000, 20, 10)
        if not self.is_headless:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(number, self.end, 128 + number)

    def exit_if_terminal_gone(self) -> bool:
        """Ends the app and returns True if the terminal vanished without a signal."""
        if self.is_headless:
            return False
        try:
            termios.tcgetattr(sys.__stdin__.fileno() if sys.__stdin__ else 0)
        except (termios.error, OSError, ValueError):
            self.end(HANGUP_EXIT_CODE)
            return True
        return False

    def handle_defect(self, error: Exception) -> bool:
        """Ends the app with a sentence for the operator. Without a terminal, in a test, the exception is raised."""
        if self.is_headless:
            return False
        if not self.defect:
            self.defect = self.record_defect(error)
            self.end(1)
        return True
