"""`corotui facts [DIR] [--node NAME]`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from corotui.cli.cluster_session import connection_arguments, directory_argument, open_session
from corotui.cli.output.printer import Output
from corotui.errors import CorotuiError

if TYPE_CHECKING:
    from corotui.facts import NodeFacts

HELP = """Show what the nodes say about themselves.

Exit codes: 0 all told, 1 a node's answer was of no use, 3 a node could not be reached."""


def arguments(parser: argparse.ArgumentParser) -> None:
    directory_argument(parser)
    parser.add_argument("--node", action="append", metavar="NAME", help="this node only; may be given more than once")
    connection_arguments(parser)


async def run(args: argparse.Namespace, out: Output) -> int:
    from corotui.cli.output.facts_table import facts_lines
    from corotui.facts import gather_all, to_json

    async with open_session(args, out, node_names=args.node) as session:
        names = [node.name for node in session.cluster.nodes]
        answers: dict[str, NodeFacts | CorotuiError] = {
            **session.unreachable,
            **await gather_all(session.reachable, names=names),
        }
    by_node = {name: answers[name] for name in names if name in answers}
    if out.json:
        documents = {name: a.to_json() if isinstance(a, CorotuiError) else to_json(a) for name, a in by_node.items()}
        out.document({"nodes": documents})
    else:
        for name, answer in by_node.items():
            out.data(name)
            for line in [str(answer)] if isinstance(answer, CorotuiError) else facts_lines(answer):
                out.data(f"  {line}")
    return max((answer.exit_code for answer in by_node.values() if isinstance(answer, CorotuiError)), default=0)
