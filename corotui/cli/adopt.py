"""`corotui adopt [USER@]HOST DIR`."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from corotui.cli.output import Output
from corotui.cli.session import ask_for, connection_arguments
from corotui.errors import CorotuiError, Refused, WorkFailed

if TYPE_CHECKING:
    from corotui.cluster.model import Node
    from corotui.conf import ConfNode
    from corotui.directory import Directory

HELP = """Make a cluster directory from a cluster that runs: its corosync.conf as it is, its nodes from the nodelist.

One node is asked; nothing on it is changed. The other nodes' host keys are verified at their first contact."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("host", metavar="[USER@]HOST[:PORT]", help="any node of the cluster")
    parser.add_argument("directory", metavar="DIR", help="a directory that does not exist yet, or is empty")
    parser.add_argument("--sudo", action="store_true", help="the user becomes root through sudo")
    parser.add_argument("--key", metavar="FILE", help="private key for ssh")
    connection_arguments(parser)


async def run(args: argparse.Namespace, out: Output) -> int:
    from dataclasses import replace

    from corotui.cli.address import node_from
    from corotui.directory import Directory

    target = Path(args.directory)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Refused(f"{target} is there already and not empty.", next_step="Name another directory.")
    asked = node_from(args.host, sudo=args.sudo)
    if args.key:
        asked = replace(asked, ssh=replace(asked.ssh, key=str(Path(args.key).expanduser().absolute())))
    parent = target.absolute().parent
    if not parent.is_dir():
        raise Refused(f"{parent} is no directory.")
    # A sibling that is renamed at the end: a failed adoption leaves no half of a cluster directory.
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=parent))
    try:
        directory = Directory.create(str(draft), "adopting")
        directory.add_node(asked)
        found = await _read(directory, args, out)
        _write(directory, asked, found)
        directory.cluster()
        if target.exists():
            target.rmdir()
        draft.rename(target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    nodes = [_name(node) for node in found.nodes]
    if out.json:
        out.document({"directory": str(target.absolute()), "cluster": found.cluster_name, "nodes": nodes})
    else:
        out.say(f"{target} holds the cluster {found.cluster_name} with {len(nodes)} nodes: {', '.join(nodes)}.")
        out.say(f"Look at it: corotui status {target}")
    return 0


@dataclass(frozen=True)
class _Found:
    """The file and its nodes; `asked` is the name, in that file, of the node that was asked ("" if it is not in it)."""

    text: bytes
    cluster_name: str
    nodes: tuple[ConfNode, ...]
    asked: str


async def _read(directory: Directory, args: argparse.Namespace, out: Output) -> _Found:
    from corotui import conf, facts
    from corotui.ssh.connections import Connections

    cluster = directory.cluster()
    (node,) = cluster.nodes
    async with Connections(cluster, known_hosts=directory.known_hosts, ask=ask_for(args, out)) as connections:
        answer = (await connections.open())[node.name]
        if isinstance(answer, CorotuiError):
            raise answer
        seen = await facts.gather(answer)
    if seen.corosync.conf is None:
        raise WorkFailed(
            "there is no /etc/corosync/corosync.conf to adopt.", node=node.name, next_step="Use `corotui new` instead."
        )
    text = seen.corosync.conf.encode("latin-1")
    document = conf.parse(text)
    nodes = conf.nodes(document)
    if not nodes:
        raise WorkFailed(
            "its corosync.conf has no nodelist, so the other nodes cannot be told from it.",
            node=node.name,
            next_step="Use `corotui new DIR NAME=HOST …` and name the nodes.",
        )
    own = {str(address.ip) for _, address in seen.addresses()} | {seen.hostname, seen.fqdn}
    asked = next((_name(item) for item in nodes if own & {item.name, *item.addresses.values()}), "")
    return _Found(text, conf.cluster_name(document) or Path(args.directory).name, nodes, asked)


def _name(node: ConfNode) -> str:
    return node.name or next(iter(node.addresses.values()), f"node{node.nodeid}")


def _write(directory: Directory, asked: Node, found: _Found) -> None:
    from dataclasses import replace

    directory.set_name(found.cluster_name)
    directory.remove_node(asked.name)
    for node in found.nodes:
        name = _name(node)
        # The operator's own way to the node he named may differ from its ring address (a public name, a port).
        host = asked.host if name == found.asked else next(iter(node.addresses.values()), name)
        directory.add_node(replace(asked, name=name, host=host))
    directory.write_conf(found.text)
