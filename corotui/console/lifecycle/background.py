"""Work on nodes as tasks of the loop, not of the app: it outlives the screen that started it."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from corotui.cluster.sanitize import clean_line
from corotui.errors import CorotuiError

_WATCH_STOP_TIMEOUT = 5.0  # seconds for a watch to end that was told to; its node may be gone


class BackgroundTasks:
    """`told` gets the sentence of a failure. A defect of corotui's own is written to `log` and said in words."""

    def __init__(self, report_failure: Callable[[str], None], log: Path) -> None:
        self._report_failure = report_failure
        self._log = log
        self._tasks: set[asyncio.Task[None]] = set()
        self._watches: dict[str, asyncio.Task[None]] = {}

    @property
    def running(self) -> bool:
        """Whether anything but watches is under way."""
        return bool(self._tasks)

    def start(self, coroutine: Coroutine[Any, Any, object]) -> None:
        """Runs it; what it raises is told, never lost and never raised into the screen."""
        task = asyncio.get_running_loop().create_task(self._guard(coroutine))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def start_watch(self, name: str, start: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Starts a watch, which changes nothing and may be cut off any time, unless it runs."""
        running = self._watches.get(name)
        if running is None or running.done():
            self._watches[name] = asyncio.get_running_loop().create_task(self._guard(start()))

    async def stop_watches(self) -> None:
        """Ends all watches."""
        for task in self._watches.values():
            task.cancel()
        if self._watches:
            await asyncio.wait(self._watches.values(), timeout=_WATCH_STOP_TIMEOUT)

    async def join(self) -> None:
        """Until nothing runs any more."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _guard(self, coroutine: Coroutine[Any, Any, object]) -> None:
        try:
            await coroutine
        except CorotuiError as error:
            self._report_failure(str(error))
        except Exception as error:
            self._report_failure(self.record_defect(error))

    def record_defect(self, error: Exception) -> str:
        """Writes a defect to the log; what to say of it."""
        what = f"corotui itself failed: {type(error).__name__}: {clean_line(str(error), limit=300)}."
        try:
            self._log.parent.mkdir(parents=True, exist_ok=True)
            with self._log.open("a", encoding="utf-8") as file:
                file.write("".join(traceback.format_exception(error)) + "\n")
        except OSError:
            return f"{what} {self._log} cannot be written."
        return f"{what} Details are in {self._log}."
