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
from corotui.cluster.phrasing import format_count
from corotui.errors import RefusedError, WorkError

if TYPE_CHECKING:
    from corotui.cluster.model import Node
    from corotui.conf import ConfNode
    from corotui.directory import Directory
    from corotui.facts import NodeFacts

HELP = """Create a cluster directory from a running cluster: its corosync.conf unchanged, its nodes from the nodelist.

Asks one node and changes nothing on it. The host keys of the other nodes are verified when they are first contacted."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the verb."""
    parser.add_argument("host", metavar="[USER@]HOST[:PORT]", help="any node of the cluster")
    parser.add_argument("directory", metavar="DIR", help="a directory that does not exist yet or is empty")
    parser.add_argument("--sudo", action="store_true", help="the user becomes root by sudo")
    parser.add_argument("--key", metavar="FILE", help="private key for ssh")
    connection_arguments(parser)


async def run(args: argparse.Namespace, out: Output) -> int:
    """Reads the running cluster through one node and writes the cluster directory. Returns the exit code."""
    from dataclasses import replace

    from corotui.cli.node_address import parse_node
    from corotui.directory import Directory

    target = Path(args.directory)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise RefusedError(f"{target} exists already and is not empty.", next_step="Name another directory.")
    asked = parse_node(args.host, sudo=args.sudo)
    if args.key:
        asked = replace(asked, ssh=replace(asked.ssh, key=str(Path(args.key).expanduser().absolute())))
    parent = target.absolute().parent
    if not parent.is_dir():
        raise RefusedError(f"{parent} is not a directory.")
    # A sibling folder that is renamed at the end, so that a failed adoption leaves no incomplete cluster directory.
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=parent))
    try:
        directory = Directory.create(str(draft), "adopting")
        directory.add_node(asked)
        adopted = await _read_cluster(directory, args, out)
        _write_directory(directory, asked, adopted)
        directory.read_cluster()
        if target.exists():
            target.rmdir()
        draft.rename(target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    nodes = [_node_name(node) for node in adopted.nodes]
    if out.json:
        out.document({"directory": str(target.absolute()), "cluster": adopted.cluster_name, "nodes": nodes})
    else:
        count = format_count(len(nodes), "node")
        out.say(f"{target} holds the cluster {adopted.cluster_name} with {count}: {', '.join(nodes)}.")
        out.say(f"Show its ring: corotui status {target}")
    return 0


@dataclass(frozen=True, slots=True)
class _AdoptedConf:
    """The corosync.conf of the running cluster."""

    text: bytes
    """Content of the file."""
    cluster_name: str
    """Its cluster_name."""
    nodes: tuple[ConfNode, ...]
    """The nodes of its nodelist."""
    asked_name: str
    """The asked node as the new cluster.toml names it; "" if the nodelist does not have it."""


async def _read_cluster(directory: Directory, args: argparse.Namespace, out: Output) -> _AdoptedConf:
    from corotui import facts
    from corotui.cli.prompts import TerminalPrompter
    from corotui.ssh.connections import Connections

    cluster = directory.read_cluster()
    (node,) = cluster.nodes
    prompter = TerminalPrompter(out, accept_new_host_keys=args.accept_new_host_keys)
    async with Connections(cluster, known_hosts=directory.known_hosts, prompter=prompter) as connections:
        node_facts = await facts.gather_facts(await connections.shell(node.name))
    return _adopted_conf(node.name, node_facts, fallback_name=Path(args.directory).name)


def _adopted_conf(node: str, node_facts: NodeFacts, *, fallback_name: str) -> _AdoptedConf:
    """What the facts of a node hold. Raises WorkError if its file is missing, cut, or without usable nodes."""
    from corotui import conf
    from corotui.conf.constants import CONF_PATH, MAX_NODES

    corosync = node_facts.corosync
    if corosync.conf is None or corosync.conf_file is None:
        raise WorkError(f"It has no {CONF_PATH} to adopt.", node=node, next_step="Use `corotui new` instead.")
    text = corosync.conf.encode("latin-1")
    if len(text) != corosync.conf_file.size:
        # The facts hold the beginning of a file that is larger than any real one.
        raise WorkError(
            f"Its {CONF_PATH} has {corosync.conf_file.size:,} bytes, of which {len(text):,} were read.",
            node=node,
            next_step="Look at the file there; a corosync.conf of the largest ring is smaller.",
        )
    document = conf.parse(text)
    nodes = conf.conf_nodes(document)
    if not nodes:
        raise WorkError(
            "Its corosync.conf has no nodelist, so the other nodes are not known.",
            node=node,
            next_step="Name the nodes: corotui new DIR NAME=HOST …",
        )
    if len(nodes) > MAX_NODES:
        raise WorkError(
            f"Its corosync.conf names {len(nodes):,} nodes; corosync allows at most {MAX_NODES}.",
            node=node,
            next_step="Look at the file there; no corosync starts with it.",
        )
    own = {str(address.ip) for _, address in node_facts.routable_addresses()} | {node_facts.hostname, node_facts.fqdn}
    asked = next((_node_name(item) for item in nodes if own & {item.name, *item.addresses.values()}), "")
    return _AdoptedConf(text, conf.cluster_name(document) or fallback_name, nodes, asked)


def _node_name(node: ConfNode) -> str:
    return node.name or next(iter(node.addresses.values()), f"node{node.nodeid}")


def _write_directory(directory: Directory, asked: Node, adopted: _AdoptedConf) -> None:
    from dataclasses import replace

    directory.set_name(adopted.cluster_name)
    directory.remove_node(asked.name)
    nodes = []
    for node in adopted.nodes:
        name = _node_name(node)
        # The operator may reach this node by another address than that of the ring, such as a public name.
        host = asked.host if name == adopted.asked_name else next(iter(node.addresses.values()), name)
        nodes.append(replace(asked, name=name, host=host))
    directory.add_nodes(nodes)
    directory.write_conf(adopted.text)
