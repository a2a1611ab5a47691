"""Watches command lines and environments of all processes of this machine, those on practice nodes included."""

from __future__ import annotations

import os
import threading
from pathlib import Path

_PAUSE = 0.02  # seconds between two rounds


class ProcessWatcher:
    """Collects what it sees while it is open. `rounds` counts how often it looked."""

    def __init__(self) -> None:
        self.rounds = 0
        self._seen: set[bytes] = set()
        self._last: dict[str, bytes] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="process watcher")

    def __enter__(self) -> ProcessWatcher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def seen(self) -> bytes:
        """Every command line and environment that was seen."""
        return b"\n".join(self._seen)

    def _watch(self) -> None:
        while not self._stop.wait(_PAUSE):
            self._look()
            self.rounds += 1

    def _look(self) -> None:
        present: dict[str, bytes] = {}
        for pid in os.listdir("/proc"):  # noqa: PTH208  a path for each of hundreds of names costs more than the look
            if not pid.isdigit():
                continue
            try:
                command = Path("/proc", pid, "cmdline").read_bytes()
                present[pid] = command
                if self._last.get(pid) == command:
                    continue
                self._seen.add(command)
                self._seen.add(Path("/proc", pid, "environ").read_bytes())
            except OSError:
                continue  # it has ended
        self._last = present
