"""The workflow that a verb works with: opened on the directory of the command line, closed at the end."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from corotui.cli import exit_codes
from corotui.cli.output.printer import Output
from corotui.errors import NodeUnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from corotui.cluster.events import EventSink
    from corotui.errors import CorotuiError
    from corotui.workflow.workflow import Workflow


@asynccontextmanager
async def open_workflow(
    args: argparse.Namespace, out: Output, *, report: EventSink | None = None
) -> AsyncIterator[Workflow]:
    """The loaded workflow of `args.directory`; its connections are closed at the end.

    `report` receives the events of the work, such as commands and steps. Raises FileError where the directory holds no
    usable cluster.toml.
    """
    from corotui.cli.prompts import TerminalPrompter
    from corotui.cluster.events import ignore_event
    from corotui.directory import Directory
    from corotui.workflow.workflow import Workflow

    prompter = TerminalPrompter(out, accept_new_host_keys=args.accept_new_host_keys)
    workflow = Workflow(Directory.open(args.directory), ask=prompter, report=report or ignore_event)
    workflow.load()
    try:
        yield workflow
    finally:
        await workflow.close()


def errors_exit_code(errors: Iterable[CorotuiError]) -> int:
    """The exit code for nodes that failed: a node that could not be reached outweighs the others; DONE for none."""
    failed = list(errors)
    if any(isinstance(error, NodeUnreachableError) for error in failed):
        return exit_codes.UNREACHABLE
    return max((error.exit_code for error in failed), default=exit_codes.DONE)
