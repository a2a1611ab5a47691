"""An app that ends well: by a signal, with its terminal, by a defect of ours."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
import termios

from corotui.console.terminal.driver import HANGUP_EXIT_CODE
from corotui.console.terminal.throttled_app import ThrottledApp


class LifecycleApp(ThrottledApp):
    """`defect`: what is to be said of a defect that ended the app, "" for none. `end` gives the terminal back; work on
    nodes is not the app's and goes on."""

    def __init__(self, *, diff_frames: bool, ansi_color: bool | None) -> None:
        super().__init__(diff_frames=diff_frames, ansi_color=ansi_color)
        self.defect = ""

    def detach(self) -> None:
        """From now on nothing is painted and no question is asked."""
        raise NotImplementedError

    def record_defect(self, error: Exception) -> str:
        """Writes a defect down; what to say of it."""
        raise NotImplementedError

    def end(self, code: int) -> None:
        """The screen goes, with this exit code."""
        self.detach()
        self.exit(code)

    def on_ready(self) -> None:
        # What is there now stays: without this, looking through all of it for garbage holds up a key for 45 ms. A key
        # in the editor makes and drops some 1,500 containers; the default looks for garbage twice in that.
        gc.freeze()
        gc.set_threshold(50_000, 20, 10)
        if not self.is_headless:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(number, self.end, 128 + number)

    def exit_if_terminal_gone(self) -> bool:
        """Whether the terminal has vanished without a signal; the app ends then."""
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
