"""`corotui watch [DIR]`."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from corotui.cli import exit_codes
from corotui.cli.cluster_session import connection_arguments, directory_argument, open_session
from corotui.cli.output.printer import Output

if TYPE_CHECKING:
    from corotui.ring import Ring, RingEvent

HELP = """Follow the ring: who joins, leaves, is lost; links, quorum.

One line per change until interrupted; with --json one document per change, and the ring whenever it differs.
Ended by --for or --count, the exit code is that of `status`."""


def arguments(parser: argparse.ArgumentParser) -> None:
    directory_argument(parser)
    connection_arguments(parser)
    parser.add_argument("--interval", type=_seconds, default=1.0, metavar="SECONDS", help="between looks (default: 1)")
    parser.add_argument("--for", dest="duration", type=_seconds, metavar="SECONDS", help="end after this time")
    parser.add_argument("--count", type=int, metavar="N", help="end after N changes")


async def run(args: argparse.Namespace, out: Output) -> int:
    from corotui.cli.output.ring_table import ring_lines
    from corotui.ring import Ring, names_from_conf, watch

    last: Ring | None = None
    changes = 0
    async with open_session(args, out) as session:
        expected = [node.name for node in session.cluster.nodes]
        names = names_from_conf(session.conf, session.cluster.nodes)
        with suppress(TimeoutError):
            async with (
                asyncio.timeout(args.duration),
                aclosing(
                    watch(session.connections, expected=expected, names=names, interval=args.interval)
                ) as happening,
            ):
                async for item in happening:
                    if isinstance(item, Ring):
                        if out.json and (last is None or _differs(last, item)):
                            out.document({"event": "ring", **item.to_json()})
                        elif last is None:
                            for line in ring_lines(session.cluster.name, item, now=time.time()):
                                out.data(line)
                            out.data("")
                        last = item
                        continue
                    _print_change(item, out)
                    changes += 1
                    if args.count is not None and changes >= args.count:
                        break
    if last is None or not all(node.reachable for node in last.nodes):
        return exit_codes.UNREACHABLE
    return exit_codes.DONE if last.healthy else exit_codes.FAILED


def _print_change(event: RingEvent, out: Output) -> None:
    if out.json:
        out.document({"event": "change", **event.to_json()})
        return
    clock = time.strftime("%H:%M:%S", time.localtime(event.at))
    out.data(f"{clock} {out.mark(event.severity.value)} {event.text:<34} {event.detail}".rstrip())
    sys.stdout.flush()


def _differs(before: Ring, after: Ring) -> bool:
    return (before.healthy, before.quorate, before.members) != (after.healthy, after.quorate, after.members) or [
        (finding.code, finding.node, finding.place) for finding in before.findings
    ] != [(finding.code, finding.node, finding.place) for finding in after.findings]


def _seconds(text: str) -> float:
    value = float(text)
    if not 0.1 <= value <= 1e7:
        raise argparse.ArgumentTypeError("at least 0.1 seconds")
    return value
