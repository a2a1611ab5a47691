"""Signals and a lost terminal while work on nodes is under way: it goes on to its next safe point."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from corotui.cli.output.printer import Output

if TYPE_CHECKING:
    from corotui.cluster.events import Event

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class ResilientOutput:
    """An Output that may lose its reader: once nobody reads, it says nothing more and lets the work go on."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._closed = False

    def event(self, event: Event) -> None:
        """A `Report`."""
        self.try_write(lambda: self._out.event(event))

    def say(self, text: str) -> None:
        self.try_write(lambda: self._out.say(text))

    def try_write(self, write: Callable[[], None]) -> None:
        """Says something unless nobody listens any more."""
        if self._closed:
            return
        try:
            write()
        except OSError:
            # EPIPE, or EIO of a terminal that is gone
            self._closed = True


@contextmanager
def stop_on_signals(request_stop: Callable[[], None], out: ResilientOutput) -> Iterator[Callable[[], bool]]:
    """While this is open, SIGINT, SIGTERM and SIGHUP call `stop` instead of ending the process. Yields a function that
    tells whether one came."""
    came: list[signal.Signals] = []
    loop = asyncio.get_running_loop()

    def take(number: signal.Signals) -> None:
        if not came:
            out.say("Stopping at the next safe point.")
        came.append(number)
        request_stop()

    for number in _SIGNALS:
        loop.add_signal_handler(number, take, number)
    try:
        yield lambda: bool(came)
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
