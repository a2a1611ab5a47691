"""`corotui adopt [USER@]HOST DIR`."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from corotui.cli.arguments import connection_arguments
from corotui.cli.output.printer import Output
from corotui.errors import RefusedError, WorkError

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

    from corotui.cli.node_address import parse_node
    from corotui.directory import Directory

    target = Path(args.directory)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise RefusedError(f"{target} is there already and not empty.", next_step="Name another directory.")
    asked = parse_node(args.host, sudo=args.sudo)
    if args.key:
        asked = replace(asked, ssh=replace(asked.ssh, key=str(Path(args.key).expanduser().absolute())))
    parent = target.absolute().parent
    if not parent.is_dir():
        raise RefusedError(f"{parent} is no directory.")
    # A sibling that is renamed at the end: a failed adoption leaves no half of a cluster directory.
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=parent))
    try:
        directory = Directory.create(str(draft), "adopting")
        directory.add_node(asked)
        found = await _read_cluster(directory, args, out)
        _write_directory(directory, asked, found)
        directory.read_cluster()
        if target.exists():
            target.rmdir()
        draft.rename(target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    nodes = [_node_name(node) for node in found.nodes]
    if out.json:
        out.document({"directory": str(target.absolute()), "cluster": found.cluster_name, "nodes": nodes})
    else:
        out.say(f"{target} holds the cluster {found.cluster_name} with {len(nodes)} nodes: {', '.join(nodes)}.")
        out.say(f"Look at it: corotui status {target}")
    return 0


@dataclass(frozen=True)
class _AdoptedConf:
    """The file and its nodes; `asked` is the name, in that file, of the node that was asked ("" if it is not in it)."""

    text: bytes
    cluster_name: str
    nodes: tuple[ConfNode, ...]
    asked_name: str


async def _read_cluster(directory: Directory, args: argparse.Namespace, out: Output) -> _AdoptedConf:
    from corotui import conf, facts
    from corotui.cli.prompts import TerminalPrompter
    from corotui.ssh.connections import Connections

    cluster = directory.read_cluster()
    (node,) = cluster.nodes
    prompter = TerminalPrompter(out, accept_new_host_keys=args.accept_new_host_keys)
    async with Connections(cluster, known_hosts=directory.known_hosts, prompter=prompter) as connections:
        seen = await facts.gather_facts(await connections.shell(node.name))
    if seen.corosync.conf is None:
        raise WorkError(
            "there is no /etc/corosync/corosync.conf to adopt.", node=node.name, next_step="Use `corotui new` instead."
        )
    text = seen.corosync.conf.encode("latin-1")
    document = conf.parse(text)
    nodes = conf.conf_nodes(document)
    if not nodes:
        raise WorkError(
            "its corosync.conf has no nodelist, so the other nodes cannot be told from it.",
            node=node.name,
            next_step="Use `corotui new DIR NAME=HOST …` and name the nodes.",
        )
    own = {str(address.ip) for _, address in seen.routable_addresses()} | {seen.hostname, seen.fqdn}
    asked = next((_node_name(item) for item in nodes if own & {item.name, *item.addresses.values()}), "")
    return _AdoptedConf(text, conf.cluster_name(document) or Path(args.directory).name, nodes, asked)


def _node_name(node: ConfNode) -> str:
    return node.name or next(iter(node.addresses.values()), f"node{node.nodeid}")


def _write_directory(directory: Directory, asked: Node, adopted: _AdoptedConf) -> None:
    from dataclasses import replace

    directory.set_name(adopted.cluster_name)
    directory.remove_node(asked.name)
    for node in adopted.nodes:
        name = _node_name(node)
        # The operator's own way to the node he named may differ from its ring address (a public name, a port).
        host = asked.host if name == adopted.asked_name else next(iter(node.addresses.values()), name)
        directory.add_node(replace(asked, name=name, host=host))
    directory.write_conf(adopted.text)
