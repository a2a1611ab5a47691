"""`corotui recover [DIR]`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from corotui.cli.arguments import connection_arguments, directory_argument, verbose_argument
from corotui.cli.output.printer import Output

if TYPE_CHECKING:
    from corotui.rollout import Outcome
    from corotui.workflow.workflow import Workflow

HELP = """Finish, undo or forget an interrupted rollout.

Reads the journal and asks every node. A rollout that did not reach its commit has changed nothing, and its staged files
are removed. After the commit the rest is done, or with --undo all nodes get their earlier files back. Files that
somebody else wrote since are left alone.

--forget is for what can be neither finished nor undone, as when a node is gone for ever: it shows what is left on which
node, asks, and closes the journal. Only staged files are removed, on the nodes that answer."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the verb."""
    directory_argument(parser)
    connection_arguments(parser)
    verbose_argument(parser)
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--undo", action="store_true", help="undo it even if it could be finished")
    way.add_argument("--forget", action="store_true", help="close it and leave the nodes as they are")
    parser.add_argument("--why", default="", metavar="TEXT", help="with --forget: the reason, kept in the journal")
    parser.add_argument("--yes", action="store_true", help="with --forget: do not ask")


async def run(args: argparse.Namespace, out: Output) -> int:
    """Finishes, undoes or forgets an interrupted rollout. Returns the exit code."""
    from corotui.cli.prompts import confirm
    from corotui.cli.rollout_runner import run_rollout
    from corotui.workflow import headless

    async def prepare(workflow: Workflow) -> None:
        await workflow.connect()
        if not args.forget:
            headless.raise_errors(workflow)
            return
        preview = await workflow.preview_forget()
        headless.raise_failures(workflow)
        if preview is not None:
            out.say(f"{preview.title} was interrupted. This is left:")
            for sentence in preview.sentences:
                out.say(f"  {sentence}")
            await confirm(out, "Close it and leave this as it is?", yes=args.yes, refusal="Not forgotten.")

    async def work(workflow: Workflow, _: None) -> Outcome:
        if args.forget:
            await workflow.forget(args.why)
            headless.raise_failures(workflow)
        else:
            await workflow.recover(undo=args.undo)
            headless.raise_errors(workflow)
        return headless.outcome_of(workflow)

    return await run_rollout(args, out, prepare, work)
