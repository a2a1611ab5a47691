"""What happens after the screen is closed: running work goes on to its safe point."""

from __future__ import annotations

import asyncio
import signal

from corotui.cluster.events import Event, Note, ProgressState, StepChanged
from corotui.console.lifecycle.background import BackgroundTasks
from corotui.console.terminal.plain_output import print_line
from corotui.workflow.workflow import Workflow


def format_event(event: Event) -> str:
    """Returns the event as a line of text; "" for events that are too small to report."""
    if isinstance(event, StepChanged) and event.state in (ProgressState.DONE, ProgressState.FAILED):
        where = f" on {event.node}" if event.node else ""
        return f"{event.step}{where}: {event.state.value}" + (f", {event.detail}" if event.detail else "")
    return f"{event.node}: {event.text}" if isinstance(event, Note) and event.node else getattr(event, "text", "")


async def finish(workflow: Workflow, background: BackgroundTasks, *, report: bool) -> None:
    """Waits for running work. Ctrl+C stops it at its next safe point. `report`: print progress, a terminal is there."""
    await background.stop_watches()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGHUP, signal.SIGTERM):
        loop.add_signal_handler(number, workflow.stop)
    if background.running and report:
        activity = workflow.state.busy or "the work"
        print_line(f"corotui: {activity} goes on. Ctrl+C stops it at the next safe point.")
        loop.add_signal_handler(signal.SIGINT, workflow.stop)

        def print_event(event: Event) -> None:
            if line := format_event(event):
                print_line(line)

        unsubscribe = workflow.subscribe(lambda state: None, print_event)
        await background.join()
        unsubscribe()
        print_line(workflow.state.error or "corotui: the work has ended.")
    await workflow.close()
    await background.join()
