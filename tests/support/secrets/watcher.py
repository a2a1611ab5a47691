"""Watches command lines and environments of all processes of this machine, those on practice nodes included."""

from __future__ import annotations

import os
import threading

_PAUSE = 0.02  # seconds between two rounds
_YOUNG = 10  # rounds in which a new process is looked at each time: it forks, then becomes another program
_EVERY = 25  # rounds between two looks at an older one


class ProcessWatcher:
    """Collects what it sees while it is open. `rounds` counts how often it looked."""

    def __init__(self) -> None:
        self.rounds = 0
        self._seen: set[bytes] = set()
        self._last: dict[str, bytes] = {}
        self._age: dict[str, int] = {}
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
        known, self._age = self._age, {}
        for pid in os.listdir("/proc"):  # noqa: PTH208  a path for each of hundreds of names costs more than the look
            if not pid.isdigit():
                continue
            self._age[pid] = age = known.get(pid, -1) + 1
            if age < _YOUNG or (age + int(pid)) % _EVERY == 0:
                self._look_at(pid)
        for pid in known.keys() - self._age.keys():
            self._last.pop(pid, None)

    def _look_at(self, pid: str) -> None:
        try:
            command = _content(f"/proc/{pid}/cmdline")
            if self._last.get(pid) != command:
                self._last[pid] = command
                self._seen.add(command)
                self._seen.add(_content(f"/proc/{pid}/environ"))
        except OSError:
            pass  # it has ended


def _content(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        content = b""
        while data := os.read(descriptor, 1 << 17):
            content += data
        return content
    finally:
        os.close(descriptor)
