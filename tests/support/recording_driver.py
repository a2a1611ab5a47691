"""A terminal that is not there: the console draws on it as on a real one, and what it writes is counted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any  # drivers and pilots do not care what their app returns

from textual import events
from textual.app import App
from textual.geometry import Size
from textual.pilot import Pilot

from corotui.console.app import ConsoleApp
from corotui.console.prompts import ConsolePrompter
from corotui.console.style.context import StyleContext
from corotui.console.style.glyphs import UNICODE
from corotui.console.style.theme import PALETTES
from corotui.console.terminal.driver import ConsoleDriver
from corotui.workflow.state import WorkflowState
from tests.support.fake_workflow import FakeWorkflow
from tests.support.open_console import Console
from tests.support.screen_emulator import Screen
from tests.support.states import NOW


class RecordingDriver(ConsoleDriver):
    """Counts what is written and shows it on a screen. Reads nothing: keys are events."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self.written = 0
        """How many bytes were written so far."""
        self.screen = Screen(*(size or (80, 24)))
        """What a terminal shows of them."""
        self._recorded_app = app
        self._given_size = size or (80, 24)

    def write(self, data: str) -> None:
        encoded = data.encode()
        self.written += len(encoded)
        self.screen.feed(encoded)

    def flush(self) -> None:
        pass

    def start_application_mode(self) -> None:
        size = Size(*self._given_size)
        asyncio.get_running_loop().call_soon(self._recorded_app.post_message, events.Resize(size, size))

    def disable_input(self) -> None:
        pass

    def stop_application_mode(self) -> None:
        pass

    def close(self) -> None:
        pass


class RecordedApp(ConsoleApp):
    """A console whose terminal never vanishes."""

    def exit_if_terminal_gone(self) -> bool:
        return False


class RecordedConsole(Console):
    """An open console on a recorded terminal."""

    @property
    def terminal(self) -> RecordingDriver:
        """The driver: how many bytes were written, and the screen that they make."""
        driver = self.app.console_driver
        assert isinstance(driver, RecordingDriver)
        return driver


async def run_recorded(
    state: WorkflowState,
    size: tuple[int, int],
    drive: Callable[[RecordedConsole], Awaitable[None]],
    *,
    diff_frames: bool,
) -> None:
    """Opens the console on a fake workflow and lets `drive` use it; the clock stands still at NOW."""
    workflow, prompter = FakeWorkflow(state), ConsolePrompter()
    style_context = StyleContext(UNICODE, PALETTES["dark"], lambda: NOW)
    app = RecordedApp(workflow, style_context, prompter=prompter, diff_frames=diff_frames)
    app.driver_class = RecordingDriver

    async def auto_pilot(pilot: Pilot[Any]) -> None:
        it = RecordedConsole(app, workflow, prompter, pilot)
        await it.settle()
        try:
            await drive(it)
        finally:
            app.detach()
            await app.background.stop_watches()
            app.exit(0)

    await app.run_async(size=size, auto_pilot=auto_pilot)
