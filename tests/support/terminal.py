"""A console in a pseudo-terminal of its own, driven by keystrokes and read from its screen."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from tests.support.screen_emulator import Screen

PATIENCE = 60.0  # seconds; only a hang takes that long
LEFT_OUT = ("NO_COLOR", "COROTUI_THEME", "SSH_CONNECTION", "SSH_TTY", "TMUX", "COLORFGBG")
CONSOLE = ("-m", "corotui")
KEYS = {
    "Enter": "\r",
    "Esc": "\x1b",
    "Tab": "\t",
    "Left": "\x1b[D",
    "Right": "\x1b[C",
    "Up": "\x1b[A",
    "Down": "\x1b[B",
}


class Terminal:
    """`presses` counts keys. `read_at`: when the last bytes came, in seconds of perf_counter. `controlling`: the
    process gets SIGHUP when the terminal goes."""

    def __init__(
        self,
        *arguments: str,
        program: Sequence[str] = CONSOLE,
        controlling: bool = True,
        environ: Mapping[str, str] | None = None,
        size: tuple[int, int] = (80, 24),
    ) -> None:
        self.master, slave = pty.openpty()
        columns, rows = size
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environment = {key: value for key, value in os.environ.items() if key not in LEFT_OUT}
        environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", **(environ or {})}
        self.process = subprocess.Popen(
            [sys.executable, *program, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
            preexec_fn=(lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)) if controlling else None,
        )
        os.close(slave)
        self.output = b""
        self.screen = Screen(columns, rows)
        self.presses = 0
        self.read_at = 0.0

    def read(self, until: Callable[[], bool], limit: float = PATIENCE) -> bool:
        """Reads until the condition holds, the time is over, or the process ends; whether it holds."""
        end = time.monotonic() + limit
        while not until() and time.monotonic() < end:
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    data = os.read(self.master, 65536)
                except OSError:
                    break
                if not data:
                    break
                self.read_at = time.perf_counter()
                self.output += data
                self.screen.feed(data)
        return until()

    def wait_for(self, text: str, limit: float = PATIENCE) -> None:
        """Until the text stands on the screen."""
        assert self.read(lambda: text in self.screen.words, limit), (
            f"no {text!r} within {limit:g} s on\n{self.screen.text}"
        )

    def press(self, *keys: str) -> None:
        """Types keys, by name or as they are."""
        for key in keys:
            self.presses += 1
            os.write(self.master, KEYS.get(key, key).encode())

    def end(self) -> int:
        """Reads to the end; the exit code."""
        self.read(lambda: False)
        return self.process.wait(PATIENCE)

    def hang_up(self) -> int:
        """Takes the terminal away, as a lost ssh session does; the exit code."""
        os.close(self.master)
        self.master = os.open(os.devnull, os.O_RDONLY)
        return self.process.wait(PATIENCE)


@contextmanager
def terminal(
    *arguments: str,
    program: Sequence[str] = CONSOLE,
    controlling: bool = True,
    size: tuple[int, int] = (80, 24),
    environment: Mapping[str, str] | None = None,
    **environ: str,
) -> Iterator[Terminal]:
    """A console that is gone when the test ends. `environ` is laid over `environment`."""
    it = Terminal(
        *arguments, program=program, controlling=controlling, environ={**(environment or {}), **environ}, size=size
    )
    try:
        yield it
    finally:
        if it.process.poll() is None:
            it.process.kill()
            it.process.wait()
        with contextlib.suppress(OSError):
            os.close(it.master)
