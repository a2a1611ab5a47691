"""`corotui recover [DIR]`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from corotui.cli.arguments import connection_arguments, directory_argument, verbose_argument
from corotui.cli.output.printer import Output

if TYPE_CHECKING:
    from corotui.rollout import Outcome
    from corotui.workflow.workflow import Workflow

HELP = """Finish or undo an interrupted rollout.

Reads the journal and asks every node. A rollout that did not reach its commit has changed nothing, and its staged files
are removed. After the commit the rest is done, or with --undo all nodes get their earlier files back."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the verb."""
    directory_argument(parser)
    connection_arguments(parser)
    verbose_argument(parser)
    parser.add_argument("--undo", action="store_true", help="undo it even if it could be finished")


async def run(args: argparse.Namespace, out: Output) -> int:
    """Finishes or undoes an interrupted rollout. Returns the exit code."""
    from corotui.cli.rollout_runner import run_rollout
    from corotui.workflow import headless

    async def prepare(workflow: Workflow) -> None:
        await workflow.connect()
        headless.raise_errors(workflow)

    async def work(workflow: Workflow, _: None) -> Outcome:
        await workflow.recover(undo=args.undo)
        headless.raise_errors(workflow)
        return headless.outcome_of(workflow)

    return await run_rollout(args, out, prepare, work)
