"""Opens the console on a fake workflow and reads its screen."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from textual import events
from textual.pilot import Pilot

from corotui.console.app import ConsoleApp
from corotui.console.prompts import ConsolePrompter
from corotui.console.style.context import StyleContext
from corotui.console.style.glyphs import ASCII, UNICODE
from corotui.console.style.theme import PALETTES
from corotui.workflow.state import WorkflowState
from tests.support.console_scenes import Scene
from tests.support.fake_workflow import FakeWorkflow
from tests.support.states import NOW

_ROUNDS = 3  # a message, what comes of it, and what comes of that
_CHARACTERS = {"space": " ", "question_mark": "?", "colon": ":", "slash": "/"}


def _key_event(key: str) -> events.Key:
    """The event of a key. A character that is no letter and no digit has its Unicode name as its key's name."""
    if len(key) == 1:
        return events.Key(key if key.isalnum() else unicodedata.name(key).lower().replace(" ", "_"), key)
    return events.Key(key, _CHARACTERS.get(key))


@dataclass
class Console:
    """An open console in a test."""

    app: ConsoleApp
    workflow: FakeWorkflow
    ask: ConsolePrompter
    pilot: Pilot[int]

    async def press(self, *keys: str) -> None:
        """Presses keys, named as Textual names them or as their character, and waits until all is rendered."""
        for key in keys:
            self.app.post_message(_key_event(key))
            await self._let_widgets_work()
        await self.settle()

    async def settle(self) -> None:
        """Waits until everything that is due has been rendered."""
        await self._let_widgets_work()
        if self.app.is_running and self.app.screen is not None:
            self.app.render_now()
            await self._let_widgets_work()

    async def _let_widgets_work(self) -> None:
        """Waits until all widgets have handled their messages, and those that came of these.

        Pilot's own press and pause also wait until the process is idle: at least 65 ms a key. These rounds take 5 ms.
        """
        for _ in range(_ROUNDS):
            await self.pilot.pause(0)

    async def show(self, scene: Scene) -> None:
        """Reports the scene's events and shows its state."""
        for event in scene.events:
            self.workflow.tell(event)
        self.workflow.show(scene.state)
        await self.settle()

    async def perform(self, scene: Scene) -> asyncio.Task[object] | None:
        """Asks the scene's question and presses its keys; returns the question, which waits for its answer."""
        asked = asyncio.create_task(scene.question(self.ask)) if scene.question is not None else None
        await self.settle()
        await self.press(*scene.keys)
        return asked

    @property
    def lines(self) -> list[str]:
        """The lines of the screen."""
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips]

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(line.rstrip() for line in self.lines)

    @property
    def words(self) -> str:
        """The screen with each run of blanks as one, for sentences that wrap."""
        return " ".join(self.text.split())

    @property
    def step(self) -> str:
        """The step that the workflow is at."""
        return self.workflow.state.step.value

    @property
    def did(self) -> list[str]:
        """Names of the methods that were called on the workflow, in order."""
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
    """The console on a fake workflow with this state. Its clock stands still at NOW."""
    workflow, prompter = FakeWorkflow(state), ConsolePrompter()
    style_context = StyleContext(ASCII if ascii_only else UNICODE, PALETTES[theme], lambda: NOW)
    app = ConsoleApp(workflow, style_context, prompter=prompter, readonly=readonly)
    async with app.run_test(size=size) as pilot:
        it = Console(app, workflow, prompter, pilot)
        await it.settle()
        try:
            yield it
        finally:
            app.detach()
            await app.background.stop_watches()
