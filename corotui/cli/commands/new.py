"""`corotui new DIR`."""

from __future__ import annotations

import argparse
from pathlib import Path

from corotui.cli.output.printer import Output
from corotui.cluster.phrasing import format_count

HELP = """Create a cluster directory, empty or with the nodes named on the command line.

Nodes are given as [USER@]HOST or NAME=[USER@]HOST; the console or an editor can change cluster.toml later."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the verb."""
    parser.add_argument("directory", metavar="DIR")
    parser.add_argument("nodes", nargs="*", metavar="[NAME=][USER@]HOST[:PORT]")
    parser.add_argument("--name", help="name of the cluster (default: the directory's)")
    parser.add_argument("--sudo", action="store_true", help="the user becomes root by sudo")


async def run(args: argparse.Namespace, out: Output) -> int:
    """Creates the cluster directory. Returns the exit code."""
    from corotui.cli.node_address import parse_node
    from corotui.directory import Directory

    nodes = [parse_node(text, sudo=args.sudo) for text in args.nodes]
    directory = Directory.create(args.directory, args.name or Path(args.directory).resolve().name)
    for node in nodes:
        directory.add_node(node)
    if out.json:
        out.document({"directory": str(directory.path), "nodes": [node.name for node in nodes]})
    else:
        count = format_count(len(nodes), "node")
        out.say(f"{directory.path} is a cluster directory with {count}. Open it: corotui {directory.path}")
    return 0
