"""Work on nodes goes on to its next safe point when a signal comes or the terminal is lost."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from corotui.cli.output.printer import Output

if TYPE_CHECKING:
    from corotui.cluster.events import EventSink

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class ResilientOutput:
    """Output that survives a closed pipe or terminal: after the first failed write it writes nothing more."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._closed = False

    def guard(self, report: EventSink) -> EventSink:
        """The same sink, but without its errors of a lost reader."""
        return lambda event: self.try_write(lambda: report(event))

    def say(self, text: str) -> None:
        """A line on stderr."""
        self.try_write(lambda: self._out.say(text))

    def try_write(self, write: Callable[[], None]) -> None:
        """Calls `write` unless an earlier write failed."""
        if self._closed:
            return
        try:
            write()
        except OSError:
            # EPIPE of a pipe, EIO of a terminal
            self._closed = True


@contextmanager
def stop_on_signals(request_stop: Callable[[], None], out: ResilientOutput) -> Iterator[Callable[[], bool]]:
    """While this is open, SIGINT, SIGTERM and SIGHUP call `request_stop` instead of ending the process.

    Yields a function that returns whether one of them was received.
    """
    received: list[signal.Signals] = []
    loop = asyncio.get_running_loop()

    def handle(number: signal.Signals) -> None:
        if not received:
            out.say("Stopping at the next safe point.")
        received.append(number)
        request_stop()

    for number in _SIGNALS:
        loop.add_signal_handler(number, handle, number)
    try:
        yield lambda: bool(received)
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
