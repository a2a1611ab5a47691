"""Work on nodes, as tasks that outlive the screen that started them."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Coroutine
from pathlib import Path

from corotui.cluster.phrasing import excerpt
from corotui.cluster.text.outgoing import outgoing_text
from corotui.directory.atomic_files import append_file, make_folder
from corotui.errors import CorotuiError

_WATCH_STOP_TIMEOUT = 5.0  # seconds to wait for a cancelled watch; its node may be gone

Operation = Callable[[], Coroutine[object, object, object]]


class BackgroundTasks:
    """Starts work and reports how it fails. Watches are work that runs until it is cancelled and changes nothing."""

    def __init__(self, report_failure: Callable[[str], None], log: Path) -> None:
        """`report_failure` gets a sentence for each failure; tracebacks of defects are added to the file `log`."""
        self._report_failure = report_failure
        self._log = log
        self._tasks: set[asyncio.Task[object]] = set()
        self._watches: dict[str, asyncio.Task[object]] = {}

    @property
    def running(self) -> bool:
        """Whether any work except watches is running."""
        return bool(self._tasks)

    def start(self, operation: Operation) -> None:
        """Starts work. What it raises is reported, and never reaches the screen."""
        task = asyncio.get_running_loop().create_task(operation())
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def start_watch(self, name: str, operation: Operation) -> None:
        """Starts a watch, unless the one of that name is running. It may be cancelled at any time."""
        watch = self._watches.get(name)
        if watch is None or watch.done():
            self._watches[name] = asyncio.get_running_loop().create_task(operation())
            self._watches[name].add_done_callback(self._ended)

    async def stop_watches(self) -> None:
        """Cancels all watches and waits for them."""
        for task in self._watches.values():
            task.cancel()
        if self._watches:
            await asyncio.wait(self._watches.values(), timeout=_WATCH_STOP_TIMEOUT)

    async def join(self) -> None:
        """Waits until all work except watches has ended."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, CorotuiError):
            self._report_failure(str(error))
        elif isinstance(error, Exception):
            self._report_failure(self.record_defect(error))

    def record_defect(self, error: Exception) -> str:
        """Adds a traceback to the log. Returns a sentence for the operator."""
        what = f"corotui itself failed: {type(error).__name__}: {excerpt(str(error), 300)}."
        try:
            make_folder(self._log.parent, mode=0o700)
            text = outgoing_text("".join(traceback.format_exception(error))) + "\n"
            append_file(self._log, text.encode("utf-8", "backslashreplace"))
        except (OSError, CorotuiError):
            return f"{what} {self._log} cannot be written."
        return f"{what} Details are in {self._log}."
