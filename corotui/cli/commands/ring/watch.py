"""`corotui watch [DIR]`."""

from __future__ import annotations

import argparse
import asyncio
import time
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from corotui.cli import exit_codes
from corotui.cli.arguments import connection_arguments, directory_argument, seconds
from corotui.cli.output.printer import Output

if TYPE_CHECKING:
    from corotui.ring.model import Ring, RingEvent

HELP = """Follow the ring: nodes that join, leave or are lost; links; quorum.

Prints one line per change until it is interrupted; with --json one document per change, and the ring whenever it
differs. Where --for or --count ends it, the exit code is that of `status`."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the verb."""
    directory_argument(parser)
    connection_arguments(parser)
    parser.add_argument(
        "--interval", type=seconds, default=1.0, metavar="SECONDS", help="time between two queries (default: 1)"
    )
    parser.add_argument("--for", dest="duration", type=seconds, metavar="SECONDS", help="end after this time")
    parser.add_argument("--count", type=int, metavar="N", help="end after N changes")


async def run(args: argparse.Namespace, out: Output) -> int:
    """Prints the changes of the ring until it is interrupted. Returns the exit code."""
    from corotui.cli.commands.ring.status import ring_exit_code
    from corotui.cli.workflow_session import open_workflow
    from corotui.ring.model import Ring
    from corotui.workflow.headless import require_nodes

    last: Ring | None = None
    change_count = 0
    async with open_workflow(args, out) as workflow:
        require_nodes(workflow)
        with suppress(TimeoutError):
            async with (
                asyncio.timeout(args.duration),
                aclosing(workflow.ring_changes(args.interval)) as changes,
            ):
                async for change in changes:
                    if isinstance(change, Ring):
                        _print_ring(workflow.state.cluster.name, last, change, out)
                        last = change
                        continue
                    _print_change(change, out)
                    change_count += 1
                    if args.count is not None and change_count >= args.count:
                        break
    return exit_codes.UNREACHABLE if last is None else ring_exit_code(last)


def _print_ring(cluster: str, last: Ring | None, ring: Ring, out: Output) -> None:
    """As text the first ring only; with --json each one that differs in more than its times."""
    from corotui.cli.output.ring_table import ring_lines

    if out.json and (last is None or _differs(last, ring)):
        out.document({"event": "ring", **ring.to_json()})
    elif last is None:
        for line in ring_lines(cluster, ring, now=time.time()):
            out.data(line)
        out.data()


def _print_change(event: RingEvent, out: Output) -> None:
    if out.json:
        out.document({"event": "change", **event.to_json()})
        return
    clock = time.strftime("%H:%M:%S", time.localtime(event.at))
    out.data(f"{clock} {out.mark(event.severity.value)} {event.text:<34} {event.detail}".rstrip())
    out.flush()


def _differs(before: Ring, after: Ring) -> bool:
    return (before.healthy, before.quorate, before.members) != (after.healthy, after.quorate, after.members) or [
        (finding.code, finding.node, finding.place) for finding in before.findings
    ] != [(finding.code, finding.node, finding.place) for finding in after.findings]
