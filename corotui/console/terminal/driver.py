"""The terminal, driven so that it can stall, break or vanish without holding up the work on the nodes.

Textual's own writer thread takes 30 pieces of output; the next one blocks the event loop until the terminal reads
again. Its input thread spins at 93 % of a processor when the terminal is gone (measured with Textual 8.2.8).
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from typing import Any, Protocol, runtime_checkable

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

HANGUP_EXIT_CODE = 129
"""128 + SIGHUP: what a shell reports of a program whose terminal went away."""

_JOIN_TIMEOUT = 1.0  # seconds that the end waits for a terminal that takes nothing


class Writer(threading.Thread):
    """Writes to the terminal in the background. Takes any amount of text without waiting."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(name="terminal-output", daemon=True)
        self._descriptor = descriptor
        self._pending: deque[str] = deque()
        self._wake = threading.Condition()
        self._stop_requested = False
        self.backlog = 0
        """Characters that the terminal has not taken yet."""
        self.broken = False
        """Whether the terminal is gone. Everything that is written from then on is dropped."""

    def write(self, text: str) -> None:
        """Hands text to the thread; returns at once."""
        with self._wake:
            if not self.broken:
                self._pending.append(text)
                self.backlog += len(text)
                self._wake.notify()

    def run(self) -> None:
        while True:
            with self._wake:
                while not self._pending and not self._stop_requested:
                    self._wake.wait()
                if not self._pending:
                    return
                text = "".join(self._pending)
                self._pending.clear()
            try:
                data = text.encode("utf-8", "replace")
                while data:
                    data = data[os.write(self._descriptor, data) :]
            except OSError:
                with self._wake:
                    self.broken = True
                    self._pending.clear()
                    self.backlog = 0
                return
            with self._wake:
                self.backlog -= len(text)

    def stop(self) -> None:
        """Ends the thread once everything is written, at the latest after a second."""
        with self._wake:
            self._stop_requested = True
            self._wake.notify()
        self.join(_JOIN_TIMEOUT)


@runtime_checkable
class DriverOwner(Protocol):
    """An app that wants to know its driver."""

    def attach_driver(self, driver: ConsoleDriver) -> None:
        """Called once, when the driver is made."""


class ConsoleDriver(LinuxDriver):
    """Textual's driver for Linux with its own writer, and an input thread that ends with its terminal.

    Only public methods are overridden. Textual still starts its own writer thread; nothing is handed to that.
    """

    def __init__(
        self,
        app: App[Any],  # Any: as in Textual's signature; the driver does not care what the app returns
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._console_app = app
        self._writer: Writer | None = None
        if isinstance(app, DriverOwner):
            app.attach_driver(self)

    @property
    def backlog(self) -> int:
        """Characters that the terminal has not taken yet."""
        return self._writer.backlog if self._writer is not None else 0

    def start_application_mode(self) -> None:
        if self._writer is None and sys.__stderr__ is not None:  # the stream that Textual's driver writes to, too
            self._writer = Writer(sys.__stderr__.fileno())
            self._writer.start()
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def write(self, data: str) -> None:
        if self._writer is not None:
            self._writer.write(data)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.stop()
            self._writer = None
        super().close()

    def run_input_thread(self) -> None:
        # A reattached terminal can send mouse reports that are not UTF-8. They must not end the console.
        while True:
            try:
                super().run_input_thread()
            except UnicodeDecodeError:
                continue
            except OSError:
                self._console_app.call_later(self._console_app.exit, None, HANGUP_EXIT_CODE)
            return
