"""Opening the console on a fake walk, and reading what stands on the screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from textual.pilot import Pilot

from corotui.console.app import ConsoleApp
from corotui.console.prompts import ConsolePrompter
from corotui.console.style.context import StyleContext
from corotui.console.style.glyphs import ASCII, UNICODE
from corotui.console.style.theme import PALETTES
from corotui.workflow.state import WorkflowState
from tests.support.console_scenes import Scene
from tests.support.console_states import NOW
from tests.support.fake_workflow import FakeWorkflow


@dataclass
class Console:
    """An open console in a test."""

    app: ConsoleApp
    workflow: FakeWorkflow
    ask: ConsolePrompter
    pilot: Pilot[int]

    async def press(self, *keys: str) -> None:
        """Presses keys and waits until all is painted."""
        await self.pilot.press(*keys)
        await self.settle()

    async def settle(self) -> None:
        """Until what is due has been painted."""
        await self.pilot.pause()
        await self.pilot.pause()
        if self.app.is_running and self.app.screen is not None:
            self.app.render_now()
            await self.pilot.pause()

    async def show(self, scene: Scene) -> None:
        """Reports the scene's events and shows its state."""
        for event in scene.events:
            self.workflow.tell(event)
        self.workflow.show(scene.state)
        await self.settle()

    async def perform(self, scene: Scene) -> asyncio.Task[object] | None:
        """Asks the scene's question and presses its keys; returns the question, which waits for its answer."""
        asked = asyncio.create_task(scene.question(self.ask)) if scene.question is not None else None
        await self.press(*scene.keys)
        return asked

    @property
    def lines(self) -> list[str]:
        """What stands on the screen."""
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips]

    @property
    def text(self) -> str:
        """What stands on the screen, lines joined."""
        return "\n".join(line.rstrip() for line in self.lines)

    @property
    def words(self) -> str:
        """What stands on the screen with all runs of blanks as one, for sentences that wrap."""
        return " ".join(self.text.split())

    @property
    def step(self) -> str:
        """Where the walk stands."""
        return self.workflow.state.step.value

    @property
    def did(self) -> list[str]:
        """Names of what was called on the walk, in order."""
        return [str(call[0]) for call in self.workflow.calls]


@asynccontextmanager
async def console(
    state: WorkflowState,
    size: tuple[int, int] = (80, 24),
    *,
    ascii_only: bool = False,
    readonly: bool = False,
    theme: str = "dark",
) -> AsyncIterator[Console]:
    """The console on a fake walk that shows `picture`; the clock stands still at NOW."""
    walk, ask = FakeWorkflow(state), ConsolePrompter()
    surface = StyleContext(ASCII if ascii_only else UNICODE, PALETTES[theme], lambda: NOW)
    app = ConsoleApp(walk, surface, prompter=ask, readonly=readonly)
    async with app.run_test(size=size) as pilot:
        it = Console(app, walk, ask, pilot)
        await it.settle()
        try:
            yield it
        finally:
            app.detach()
            await app.background.stop_watches()
