"""`corotui plan [DIR]`."""

from __future__ import annotations

import argparse

from corotui.cli import exit_codes
from corotui.cli.arguments import connection_arguments, directory_argument
from corotui.cli.output.printer import Output

HELP = """Show what `apply` would do on each node; changes nothing.

Where the directory has no corosync.conf yet, it shows the proposed one."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the verb."""
    from corotui.cli.commands.rollout.apply import key_arguments

    directory_argument(parser)
    connection_arguments(parser)
    key_arguments(parser)


async def run(args: argparse.Namespace, out: Output) -> int:
    """Prints what `apply` would do. Returns the exit code."""
    from corotui.cli.commands.rollout.apply import choose_key
    from corotui.cli.output.rollout_report import preview_document, print_preview
    from corotui.cli.workflow_session import open_workflow
    from corotui.workflow import headless

    async with open_workflow(args, out) as workflow:
        choose_key(args, workflow)
        preview = await headless.preview(workflow)
    if out.json:
        out.document(preview_document(preview))
    else:
        print_preview(out, preview)
    refused = preview.plan is not None and preview.plan.refusals
    return exit_codes.REFUSED if refused else exit_codes.DONE
