"""The terminal, made so that it can stall, break or vanish without holding up the work on the nodes.

Textual's own writer blocks the event loop when the terminal takes nothing for a while, and its reader spins when the
terminal is gone.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from typing import IO

from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver

_JOIN_TIMEOUT = 1.0  # seconds to wait at the end for a terminal that takes nothing


class Writer(WriterThread):
    """Takes any amount without waiting. `backlog`: characters not written yet. `broken`: the terminal is gone."""

    def __init__(self, file: IO[str]) -> None:
        super().__init__(file)
        self._descriptor = file.fileno()
        self._pending: deque[str] = deque()
        self._wake = threading.Condition()
        self._stop_requested = False
        self.backlog = 0
        self.broken = False

    def write(self, text: str) -> None:
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
        with self._wake:
            self._stop_requested = True
            self._wake.notify()
        self.join(_JOIN_TIMEOUT)


class ConsoleDriver(LinuxDriver):
    """Textual's driver with that writer, and a reader that ends with its terminal."""

    @property
    def _writer_thread(self) -> WriterThread | None:
        return self.__writer

    @_writer_thread.setter
    def _writer_thread(self, given: WriterThread | None) -> None:
        self.__writer = Writer(self._file) if given is not None and self._file is not None else None

    @property
    def backlog(self) -> int:
        """Characters that the terminal has not taken yet."""
        return self.__writer.backlog if self.__writer is not None else 0

    def _run_input_thread(self) -> None:
        # Mouse reports of a terminal that was reattached can be no UTF-8; that must not end the console.
        while True:
            try:
                self.run_input_thread()
            except UnicodeDecodeError:
                continue
            except OSError:
                self._app.call_later(self._app.exit, None, 129)
            return
