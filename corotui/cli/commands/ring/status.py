"""`corotui status [DIR]`."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from corotui.cli import exit_codes
from corotui.cli.arguments import connection_arguments, directory_argument
from corotui.cli.output.printer import Output

if TYPE_CHECKING:
    from corotui.ring.model import Ring

HELP = """Show the ring as all nodes see it now.

Exit codes: 0 healthy, 1 not healthy, 3 a node could not be reached."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the verb."""
    directory_argument(parser)
    connection_arguments(parser)


async def run(args: argparse.Namespace, out: Output) -> int:
    """Asks the nodes once and prints the ring. Returns the exit code."""
    from corotui.cli.output.ring_table import ring_lines
    from corotui.cli.workflow_session import open_workflow
    from corotui.workflow.headless import raise_failures

    async with open_workflow(args, out) as workflow:
        await workflow.query_ring()
        raise_failures(workflow)
        state = workflow.state
    assert state.ring is not None
    if out.json:
        out.document(state.ring.to_json())
    else:
        for line in ring_lines(state.cluster.name, state.ring, now=time.time()):
            out.data(line)
        if state.ring.findings:
            out.data("")
            out.findings(state.ring.findings)
    return ring_exit_code(state.ring)


def ring_exit_code(ring: Ring) -> int:
    """The exit code for a ring: a node that could not be reached outweighs what the others say."""
    if not all(node.reachable for node in ring.nodes):
        return exit_codes.UNREACHABLE
    return exit_codes.DONE if ring.healthy else exit_codes.FAILED
