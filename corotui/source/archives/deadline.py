"""A limit for a whole transfer.

A time limit of a socket starts anew with every byte, so a slow server never reaches it.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress


class TransferDeadline:
    """Breaks off the connections of a transfer when its time is over. Use it as a context."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends_at = time.monotonic() + seconds
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._break_off)
        self._timer.daemon = True

    def __enter__(self) -> TransferDeadline:
        self._timer.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._timer.cancel()
        with self._lock:
            for watched in self._sockets:
                watched.close()
            self._sockets.clear()

    @property
    def is_over(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() >= self._ends_at

    def watch(self, connection: socket.socket) -> None:
        """Adds a connection. TLS takes the socket itself away, so a duplicate is kept."""
        with self._lock:
            self._sockets.append(connection.dup())
        if self.is_over:
            self._break_off()

    def _break_off(self) -> None:
        """Ends reads that wait; they return as if the server had closed the connection."""
        with self._lock:
            for watched in self._sockets:
                with suppress(OSError):  # it is closed already
                    watched.shutdown(socket.SHUT_RDWR)
