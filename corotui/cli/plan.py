"""`corotui plan [DIR]`."""

from __future__ import annotations

import argparse

from corotui.cli.output import Output

HELP = """Say what `apply` would do on each node; changes nothing there.

Without a corosync.conf in the directory it shows the one it proposes."""


def arguments(parser: argparse.ArgumentParser) -> None:
    from corotui.cli.session import connection_arguments, directory_argument

    directory_argument(parser)
    connection_arguments(parser)


async def run(args: argparse.Namespace, out: Output) -> int:
    from corotui.cli.rollout_words import intent_document, show_intent
    from corotui.cli.session import ask_for
    from corotui.directory import Directory
    from corotui.walk import unattended
    from corotui.walk.walk import Walk

    walk = Walk(Directory.open(args.directory), ask=ask_for(args, out))
    walk.load()
    try:
        intent = await unattended.survey(walk)
    finally:
        await walk.close()
    if out.json:
        out.document(intent_document(intent))
    else:
        show_intent(out, intent)
    return 4 if intent.plan and intent.plan.get("refusals") else 0
