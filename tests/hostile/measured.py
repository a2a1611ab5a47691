"""`python -m tests.hostile.measured REPORT [WORDS…]`: runs corotui and writes what it cost to the file REPORT, as JSON.

The event loop gets one more task, a heartbeat. A pause is the time by which a beat is late, without the time that the
thread waited for a processor: what others do on this machine does not count. A thread beside the loop notes where the
loop is while a beat is late.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Coroutine
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from corotui.__main__ import main as corotui_main

T = TypeVar("T")

BEAT = 0.005
"""Seconds between two beats."""
NOTED = 0.03
"""Seconds by which a beat is late before the place of the loop is noted."""
LEAVING = "stop_application_mode"
"""Where Textual waits for its input thread when it leaves the terminal. No screen is shown then, so it is no pause."""
STACK_DEPTH = 6
"""Functions that are noted of a place."""
PRELOADED = ("asyncssh", "corotui.workflow.workflow", "corotui.doctor.examine", "corotui.console.run")
"""Modules that take long to import. They are imported before the clock starts: no node has a part in that."""


class Heartbeat:
    """Finds the longest pause of an event loop."""

    def __init__(self) -> None:
        self.longest = 0.0
        """Seconds."""
        self.longest_at: list[str] = []
        """Where the loop was then, innermost first."""
        self._beaten_at = 0.0
        self._seen: list[str] = []
        self._thread = threading.get_ident()
        self._schedstat = f"/proc/self/task/{threading.get_native_id()}/schedstat"
        self._ended = threading.Event()

    async def run(self) -> None:
        """Beats until it is cancelled."""
        threading.Thread(target=self._watch, daemon=True).start()
        try:
            while True:
                began, waited = time.monotonic(), self._waited()
                self._beaten_at = began
                await asyncio.sleep(BEAT)
                pause = time.monotonic() - began - BEAT - (self._waited() - waited)
                if pause > self.longest and not any(LEAVING in place for place in self._seen):
                    self.longest, self.longest_at = pause, self._seen
                self._seen = []
        finally:
            self._ended.set()

    def _waited(self) -> float:
        """Seconds that the thread of the loop has waited for a processor."""
        try:
            with open(self._schedstat, encoding="ascii") as file:  # noqa: PTH123 - 200 times a second
                return int(file.read().split()[1]) / 1e9
        except OSError:
            return 0.0

    def _watch(self) -> None:
        while not self._ended.wait(BEAT):
            if self._beaten_at and time.monotonic() - self._beaten_at > BEAT + NOTED and not self._seen:
                self._seen = _stack(sys._current_frames().get(self._thread))


def _stack(frame: FrameType | None) -> list[str]:
    """The innermost functions of a stack that are corotui's or a library's, "file:line function"."""
    found: list[str] = []
    while frame is not None and len(found) < STACK_DEPTH:
        found.append(f"{'/'.join(Path(frame.f_code.co_filename).parts[-3:])}:{frame.f_lineno} {frame.f_code.co_name}")
        frame = frame.f_back
    return found


def _peak_rss() -> int:
    """The most memory this process has had, in KiB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


def main() -> int:
    """corotui's exit code."""
    report, words = Path(sys.argv[1]), sys.argv[2:]
    if os.environ.get("HOSTILE_PRELOAD") != "no":
        for name in PRELOADED:
            __import__(name)
    beat = Heartbeat()
    run = asyncio.run

    async def beside(work: Coroutine[Any, Any, T]) -> T:  # Any: as in asyncio.run
        task = asyncio.create_task(beat.run())
        try:
            return await work
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def measured_run(work: Coroutine[Any, Any, T], **options: Any) -> T:  # Any: as in asyncio.run
        return run(beside(work), **options)

    asyncio.run = measured_run  # type: ignore[assignment]
    sys.argv = ["corotui", *words]
    began = time.monotonic()
    try:
        return corotui_main()
    finally:
        figures = {
            "seconds": time.monotonic() - began,
            "rss_kib": _peak_rss(),
            "pause_ms": beat.longest * 1000,
            "pause_at": beat.longest_at,
        }
        report.write_text(json.dumps(figures), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
