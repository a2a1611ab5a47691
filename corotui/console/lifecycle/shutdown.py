"""After the screen has gone: the work that is still under way goes on to its safe point."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from typing import TYPE_CHECKING

from corotui.cluster.events import Event, Note, ProgressState, StepChanged

if TYPE_CHECKING:
    from corotui.console.lifecycle.background import BackgroundTasks
    from corotui.workflow.workflow import Workflow


def _print(text: str) -> None:
    """A line on stderr; the terminal may be gone."""
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)  # noqa: T201


def format_event(event: Event) -> str:
    """The event as a line of text, "" for those that are too small to tell."""
    if isinstance(event, StepChanged) and event.state in (ProgressState.DONE, ProgressState.FAILED):
        where = f" on {event.node}" if event.node else ""
        return f"{event.step}{where}: {event.state.value}" + (f", {event.detail}" if event.detail else "")
    return f"{event.node}: {event.text}" if isinstance(event, Note) and event.node else getattr(event, "text", "")


async def finish(workflow: Workflow, background: BackgroundTasks, *, report: bool) -> None:
    """Waits for the work. `told`: there is a terminal that wants to know. Ctrl+C stops at the next safe point."""
    await background.stop_watches()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGHUP, signal.SIGTERM):
        loop.add_signal_handler(number, workflow.stop)
    if background.running and report:
        busy = workflow.state.busy or "The work"
        _print(f"corotui: {busy} goes on. Ctrl+C stops it at the next safe point.")
        loop.add_signal_handler(signal.SIGINT, workflow.stop)

        def heard(event: Event) -> None:
            if line := format_event(event):
                _print(line)

        unsubscribe = workflow.subscribe(lambda picture: None, heard)
        await background.join()
        unsubscribe()
        _print(workflow.state.error or "corotui: the work has ended.")
    await workflow.close()
    await background.join()
