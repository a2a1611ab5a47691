"""`corotui recover [DIR]`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from corotui.cli.arguments import connection_arguments, directory_argument, verbose_argument
from corotui.cli.output.printer import Output

if TYPE_CHECKING:
    from corotui.rollout import Outcome
    from corotui.workflow.workflow import Workflow

HELP = """Finish or undo a rollout that was cut off.

Looks into the journal and at every node. Before its commit a rollout has changed nothing, and what it staged is
removed; after it, the rest is done, or with --undo all nodes go back to their files before."""


def arguments(parser: argparse.ArgumentParser) -> None:
    directory_argument(parser)
    connection_arguments(parser)
    verbose_argument(parser)
    parser.add_argument("--undo", action="store_true", help="go back even where it could be finished")


async def run(args: argparse.Namespace, out: Output) -> int:
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
