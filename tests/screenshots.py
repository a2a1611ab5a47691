"""Writes one SVG per screen into screenshots/, from the console on a real practice cluster.

    python -m tests.screenshots [FOLDER]

Starts three bare nodes with two links, sets up a ring on them by keys, breaks a node's firewall, asks the doctor, and
removes everything again. Needs what `corotui practice` needs.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from corotui import practice
from corotui.console.app import ConsoleApp
from corotui.console.editor.widget import Editor
from corotui.console.prompts import ConsolePrompter
from corotui.console.style.context import StyleContext
from corotui.console.style.glyphs import UNICODE
from corotui.console.style.theme import DARK
from corotui.directory import Directory
from corotui.workflow.state import Step, WorkflowState
from corotui.workflow.workflow import Workflow

NAME = "screenshots"
SIZE = (96, 30)
TIMEOUT = 300.0  # seconds to wait for a screen


class Camera:
    """Presses keys in an app and saves its screen."""

    def __init__(self, app: ConsoleApp, pilot: Pilot[int], folder: Path) -> None:
        self._app = app
        self._pilot = pilot
        self._folder = folder

    async def until(self, condition: Callable[[WorkflowState], bool]) -> None:
        """Waits until the state fulfils a condition."""
        end = time.monotonic() + TIMEOUT
        while not condition(self._app.state):
            if time.monotonic() > end:
                raise SystemExit(f"timed out: {self._app.state.step}, {self._app.state.error}")
            await self._pilot.pause(0.1)

    async def idle(self) -> None:
        """Waits until no work is running."""
        await self._pilot.pause(0.3)
        await self.until(lambda state: not state.busy)
        await self._pilot.pause(0.3)

    async def press(self, *keys: str) -> None:
        """Presses keys and waits for what they start."""
        await self._pilot.press(*keys)
        await self.idle()

    @property
    def text(self) -> str:
        """The text in the editor."""
        return self._app.screen.query_one(Editor).text

    async def take(self, name: str) -> None:
        """Saves the screen as an SVG."""
        self._app.render_now()
        await self._pilot.pause()
        path = self._folder / f"{name}.svg"
        svg = self._app.export_screenshot(title="corotui")
        path.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n")
        print(path)


async def take_all(camera: Camera) -> None:
    """Goes from bare nodes to a ring and takes each step; then a fault and its diagnosis."""
    await camera.press("enter")
    await camera.press("1")
    await camera.take("nodes")
    await camera.press("2")
    await camera.take("prerequisites")
    await camera.press("right")
    await camera.take("install")
    await camera.press("enter")
    await camera.take("install-asks")
    await camera.press("y")
    await camera.press("enter", "p")
    await camera.take("network")
    await camera.press("enter")
    await camera.take("configuration")
    row = next(i for i, line in enumerate(camera.text.splitlines()) if line.strip() == "nodeid: 2")
    await camera.press("e", *["down"] * row, "end", "backspace", "1")
    await camera.take("configuration-mistake")
    await camera.press("ctrl+z", "ctrl+z", "escape", "enter")
    await camera.until(lambda state: state.plan is not None)
    await camera.take("review")
    await camera.press("enter", "enter")
    await camera.take("rollout-asks")
    await camera._pilot.press("y")
    await camera.until(lambda state: _reached(state, "start"))
    await camera.take("rollout")
    await camera.until(lambda state: state.step is Step.RING)
    await camera.until(lambda state: state.ring is not None and state.ring.healthy)
    await camera.idle()
    await asyncio.sleep(8)
    await camera.take("ring")
    practice.inject("host-firewall", "node3", name=NAME)
    await camera.until(lambda state: state.ring is not None and len(state.ring.members) == 2)
    await asyncio.sleep(2)
    await camera.take("ring-lost-a-node")
    await camera.press("d")
    await camera.until(lambda state: bool(state.doctor))
    await camera.take("doctor")
    await camera.press("question_mark")
    await camera.take("help")


def _reached(state: WorkflowState, step: str) -> bool:
    progress = state.progress
    return progress is not None and any(cell.since for cell in progress.cells.get(step, {}).values())


async def main() -> int:
    """Takes all screenshots on a practice cluster of its own."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "screenshots"
    folder.mkdir(exist_ok=True)
    cluster = practice.up(NAME, practice.Shape(nodes=3, links=2))
    try:
        prompter = ConsolePrompter()
        workflow = Workflow(Directory.open(cluster.directory), prompter=prompter)
        workflow.load()
        app = ConsoleApp(workflow, StyleContext(UNICODE, DARK), prompter=prompter)
        async with app.run_test(size=SIZE) as pilot:
            await pilot.pause(0.5)
            for old in folder.glob("*.svg"):
                old.unlink()
            await take_all(Camera(app, pilot, folder))
            app.detach()
            await app.background.stop_watches()
        await workflow.close()
    finally:
        practice.down(NAME)
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
