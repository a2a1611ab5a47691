"""The workflow that a verb works with: opened on the directory of the command line, closed at the end."""

from __future__ import annotations

import argparse
import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from corotui.cli import exit_codes
from corotui.cli.output.printer import Output
from corotui.errors import NodeUnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from corotui.cli.graceful_stop import ResilientOutput
    from corotui.errors import CorotuiError
    from corotui.workflow.workflow import Workflow


@asynccontextmanager
async def open_workflow(args: argparse.Namespace, out: Output) -> AsyncIterator[Workflow]:
    """The loaded workflow of `args.directory`; its connections are closed at the end.

    Raises FileError where the directory holds no usable cluster.toml.
    """
    from corotui.cli.prompts import TerminalPrompter
    from corotui.directory import Directory
    from corotui.workflow.workflow import Workflow

    prompter = TerminalPrompter(out, accept_new_host_keys=args.accept_new_host_keys)
    workflow = Workflow(Directory.open(args.directory), prompter=prompter)
    workflow.load()
    # What exists now stays: a garbage collection of it would stop the event loop for 45 ms.
    gc.freeze()
    gc.set_threshold(50_000, 20, 10)
    try:
        yield workflow
    finally:
        await workflow.close()


@contextmanager
def report_steps(workflow: Workflow, args: argparse.Namespace, out: Output) -> Iterator[ResilientOutput]:
    """While this is open, the steps of the workflow's work are written, with --verbose the commands too.

    Yields the output to use beside it: a lost terminal ends the output, not the work.
    """
    from corotui.cli.graceful_stop import ResilientOutput
    from corotui.cli.output.step_report import StepReporter

    reporter = StepReporter(out, len(workflow.state.cluster.nodes), verbose=args.verbose)
    resilient_out = ResilientOutput(out)
    unsubscribe = workflow.subscribe(
        lambda state: resilient_out.try_write(lambda: reporter.activity(state.busy)),
        resilient_out.guard(reporter.event),
    )
    try:
        yield resilient_out
    finally:
        unsubscribe()
        resilient_out.try_write(reporter.close)


def errors_exit_code(errors: Iterable[CorotuiError]) -> int:
    """The exit code for nodes that failed: a node that could not be reached outweighs the others; DONE for none."""
    failed = list(errors)
    if any(isinstance(error, NodeUnreachableError) for error in failed):
        return exit_codes.UNREACHABLE
    return max((error.exit_code for error in failed), default=exit_codes.DONE)
