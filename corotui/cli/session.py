"""What most verbs begin with: the directory argument, the cluster in it, and connections to its nodes."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corotui.cli.output import Output
from corotui.errors import UsageError

if TYPE_CHECKING:
    from corotui.cluster.model import Cluster
    from corotui.directory import Directory
    from corotui.errors import CorotuiError
    from corotui.ssh.connections import Connections
    from corotui.ssh.shell import Ask, Shell


@dataclass(frozen=True)
class Session:
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


def ask_for(args: argparse.Namespace, out: Output) -> Ask:
    """An Ask on the operator's terminal; without a terminal one that declines."""
    from corotui.cli.terminal import TerminalAsk

    return TerminalAsk(out, accept_new_host_keys=getattr(args, "accept_new_host_keys", False))


@asynccontextmanager
async def open_session(
    args: argparse.Namespace, out: Output, *, report_commands: bool = False, only: Sequence[str] | None = None
) -> AsyncIterator[Session]:
    """Opens DIR and connects to all its nodes (or `only` those) at once. A node that fails is in `shells` as its error,
    not raised; a name in `only` that is no node raises UsageError."""
    from corotui.cluster.events import silent
    from corotui.directory import Directory
    from corotui.ssh.connections import Connections

    directory = Directory.open(args.directory)
    cluster = directory.cluster()
    unknown = [name for name in only or () if name not in {node.name for node in cluster.nodes}]
    if unknown:
        raise UsageError(f"There is no node {unknown[0]} in {directory.path}/cluster.toml.")
    report = out.event if report_commands else silent
    async with Connections(
        cluster, known_hosts=directory.known_hosts, ask=ask_for(args, out), report=report
    ) as connections:
        shells = await connections.open(only)
        yield Session(directory, cluster, directory.conf(), connections, shells)
