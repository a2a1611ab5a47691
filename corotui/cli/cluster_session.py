"""What most verbs begin with: the directory argument, the cluster in it, and connections to its nodes."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corotui.cli.output.printer import Output
from corotui.errors import UsageError

if TYPE_CHECKING:
    from corotui.cluster.model import Cluster
    from corotui.directory import Directory
    from corotui.errors import CorotuiError
    from corotui.ssh.connections import Connections
    from corotui.ssh.shell import Prompter, Shell


@dataclass(frozen=True)
class ClusterSession:
    """An open cluster directory. `shells` holds a Shell per node that answered and the error of each that did not."""

    directory: Directory
    cluster: Cluster
    conf: bytes | None
    connections: Connections
    shells: dict[str, Shell | CorotuiError]

    @property
    def unreachable(self) -> dict[str, CorotuiError]:
        """Nodes without a connection, and why."""
        from corotui.errors import CorotuiError

        return {name: shell for name, shell in self.shells.items() if isinstance(shell, CorotuiError)}

    @property
    def reachable(self) -> dict[str, Shell]:
        """Nodes with a connection."""
        from corotui.errors import CorotuiError

        return {name: shell for name, shell in self.shells.items() if not isinstance(shell, CorotuiError)}


def directory_argument(parser: argparse.ArgumentParser) -> None:
    """Adds DIR."""
    parser.add_argument(
        "directory", nargs="?", default=".", metavar="DIR", help="cluster directory (default: this one)"
    )


def connection_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds --accept-new-host-keys."""
    parser.add_argument(
        "--accept-new-host-keys",
        action="store_true",
        help="take host keys that were never seen before without asking; changed ones are refused all the same",
    )


def prompter_for(args: argparse.Namespace, out: Output) -> Prompter:
    """An Ask on the operator's terminal; without a terminal one that declines."""
    from corotui.cli.prompts import TerminalPrompter

    return TerminalPrompter(out, accept_new_host_keys=getattr(args, "accept_new_host_keys", False))


@asynccontextmanager
async def open_session(
    args: argparse.Namespace, out: Output, *, report_commands: bool = False, node_names: Sequence[str] | None = None
) -> AsyncIterator[ClusterSession]:
    """Opens DIR and connects to all its nodes (or `only` those) at once. A node that fails is in `shells` as its error,
    not raised; a name in `only` that is no node raises UsageError."""
    from corotui.cluster.events import ignore_event
    from corotui.directory import Directory
    from corotui.ssh.connections import Connections

    directory = Directory.open(args.directory)
    cluster = directory.read_cluster()
    unknown = [name for name in node_names or () if name not in {node.name for node in cluster.nodes}]
    if unknown:
        raise UsageError(f"There is no node {unknown[0]} in {directory.path}/cluster.toml.")
    report = out.event if report_commands else ignore_event
    async with Connections(
        cluster, known_hosts=directory.known_hosts, prompter=prompter_for(args, out), report=report
    ) as connections:
        shells = await connections.open(node_names)
        yield ClusterSession(directory, cluster, directory.read_conf(), connections, shells)
