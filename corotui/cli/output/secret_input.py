"""Reads a password from the terminal without showing it, into a buffer that can be overwritten."""

from __future__ import annotations

import os
import termios
from collections.abc import Callable

from corotui.ssh.secret import Secret, overwrite

_LONGEST = 4096  # bytes; Linux cuts a line of a terminal there (N_TTY_BUF_SIZE)


def read_secret(show_prompt: Callable[[], None]) -> Secret | None:
    """Returns the line that is typed, None where the input has ended. Blocks.

    `show_prompt` is called when nothing that is typed is shown any more.

    getpass does the same, but leaves copies in the buffers of its streams, in a string and in its encoded form.
    """
    terminal = _open_terminal()
    try:
        before = termios.tcgetattr(terminal)
        silent = termios.tcgetattr(terminal)
        silent[3] &= ~termios.ECHO
        try:
            termios.tcsetattr(terminal, termios.TCSAFLUSH, silent)
            show_prompt()
            return _read_line(terminal)
        finally:
            termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
    finally:
        os.close(terminal)


def _open_terminal() -> int:
    """Returns a descriptor of the terminal, or of the standard input if there is no terminal of the session."""
    try:
        return os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return os.dup(0)


def _read_line(terminal: int) -> Secret | None:
    """Returns a line without its end, None where the input has ended before it."""
    buffer = bytearray(_LONGEST)
    try:
        end = 0
        with memoryview(buffer) as view:
            while end < _LONGEST and (count := os.readv(terminal, [view[end:]])):
                end += count
                if buffer[end - 1] == ord("\n"):
                    return Secret(buffer[: end - 1])
            return Secret(buffer[:end]) if end else None
    finally:
        overwrite(buffer)
