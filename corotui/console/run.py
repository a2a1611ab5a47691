"""Runs the console in this terminal."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

from corotui.console.app import ConsoleApp
from corotui.console.prompts import ConsolePrompter
from corotui.console.style.context import StyleContext
from corotui.console.style.glyphs import ASCII, UNICODE
from corotui.console.style.theme import PALETTES, choose_theme
from corotui.console.terminal.driver import ConsoleDriver
from corotui.console.terminal.plain_output import print_line
from corotui.errors import UsageError

if TYPE_CHECKING:
    from corotui.workflow.workflow import Workflow


def run(
    directory: str,
    *,
    readonly: bool = False,
    ascii: bool = False,  # noqa: A002 - the name of the option
    slow: bool = False,
    mouse: bool = True,
) -> int:
    """Runs the console on a cluster directory until the operator quits. Returns the exit code.

    `slow`: update the screen once a second, for slow lines. `ascii`: show no character outside ASCII.

    Raises FileError or UsageError before anything is shown.
    """
    from corotui.directory import Directory
    from corotui.workflow.workflow import Workflow

    if os.environ.get("TERM", "") in ("", "dumb"):
        raise UsageError(
            "This terminal (TERM=dumb) cannot show the console.",
            changed="",
            next_step="`corotui status`, `plan` and `apply` do the same work as plain text.",
        )
    encoding = getattr(sys.__stderr__, "encoding", None) or "ascii"
    ascii_only = ascii or "utf" not in encoding.lower()
    prompter = ConsolePrompter()
    workflow = Workflow(Directory.open(directory), prompter=prompter)
    workflow.load()
    style_context = StyleContext(ASCII if ascii_only else UNICODE, PALETTES[choose_theme(os.environ)])
    return asyncio.run(_run(workflow, style_context, prompter, readonly=readonly, slow=slow, mouse=mouse))


async def _run(
    workflow: Workflow,
    style_context: StyleContext,
    prompter: ConsolePrompter,
    *,
    readonly: bool,
    slow: bool,
    mouse: bool,
) -> int:
    from corotui.console.lifecycle.shutdown import finish

    diff_frames = slow or any(name in os.environ for name in ("SSH_CONNECTION", "SSH_TTY", "TMUX"))
    app = ConsoleApp(workflow, style_context, prompter=prompter, readonly=readonly, slow=slow, diff_frames=diff_frames)
    app.driver_class = ConsoleDriver
    await app.run_async(mouse=mouse)
    app.detach()
    code = app.return_code or 0
    if app.return_value is not None:
        code = app.return_value
    if app.defect:
        print_line(app.defect)
    await finish(workflow, app.background, report=code < 128)
    return code
