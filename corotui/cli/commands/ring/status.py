"""`corotui status [DIR]`."""

from __future__ import annotations

import argparse
import time

from corotui.cli import exit_codes
from corotui.cli.cluster_session import connection_arguments, directory_argument, open_session
from corotui.cli.output.printer import Output

HELP = """Show the ring as all nodes see it now.

Exit codes: 0 healthy, 1 not healthy, 3 a node could not be reached."""


def arguments(parser: argparse.ArgumentParser) -> None:
    directory_argument(parser)
    connection_arguments(parser)


async def run(args: argparse.Namespace, out: Output) -> int:
    from corotui.cli.output.ring_table import ring_lines
    from corotui.ring import names_from_conf, query_ring

    async with open_session(args, out) as session:
        expected = [node.name for node in session.cluster.nodes]
        names = names_from_conf(session.conf, session.cluster.nodes)
        ring = await query_ring(session.shells, expected=expected, names=names)
    if out.json:
        out.document(ring.to_json())
    else:
        for line in ring_lines(session.cluster.name, ring, now=time.time()):
            out.data(line)
        if ring.findings:
            out.data("")
            out.findings(ring.findings)
    if not all(node.reachable for node in ring.nodes):
        return exit_codes.UNREACHABLE
    return exit_codes.DONE if ring.healthy else exit_codes.FAILED
