"""What Python itself would print on stderr: log records, warnings, exceptions that nobody took."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from corotui.cli.output.printer import Output


@contextmanager
def print_uncaught(out: Output) -> Iterator[None]:
    """While this is open, they go through Output: asyncio and asyncssh log what fails where nobody waits for it."""
    handler = _Handler(out)
    root = logging.getLogger()
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook

    def print_exception(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        out.say_block("".join(traceback.format_exception(kind, error, trace)).rstrip())

    def print_unraisable(unraisable: sys.UnraisableHookArgs) -> None:
        if unraisable.exc_value is not None:
            print_exception(unraisable.exc_type, unraisable.exc_value, unraisable.exc_traceback)

    def print_thread_exception(raised: threading.ExceptHookArgs) -> None:
        if raised.exc_value is not None:
            print_exception(raised.exc_type, raised.exc_value, raised.exc_traceback)

    root.addHandler(handler)
    logging.captureWarnings(True)
    sys.excepthook, sys.unraisablehook, threading.excepthook = print_exception, print_unraisable, print_thread_exception
    try:
        yield
    finally:
        sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
        logging.captureWarnings(False)
        root.removeHandler(handler)


class _Handler(logging.Handler):
    """Writes warnings and worse, as Python's handler of last resort does."""

    def __init__(self, out: Output) -> None:
        super().__init__(logging.WARNING)
        self._out = out

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._out.say_block(self.format(record))
        except Exception:  # as logging wants it: a broken record must not end the work
            self.handleError(record)
