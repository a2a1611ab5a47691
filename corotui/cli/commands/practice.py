"""`corotui practice …`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from corotui.cli.output.printer import Output
from corotui.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from corotui.cluster.events import Event, EventSink
    from corotui.practice import NodeActivity, PracticeCluster

HELP = """A real cluster on this machine to practise on; without a subcommand it starts one and opens the console on it.

  corotui practice up --nodes 3      bare Debian nodes with systemd and sshd, each with its own network
  corotui practice exec node1 -- ip addr
  corotui practice fault host-firewall node2
  corotui practice heal
  corotui practice down              removes everything that `up` created, and nothing else"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the verb."""
    from corotui.practice.model import DEFAULT_NAME

    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--name", default=argparse.SUPPRESS, help=f"which practice cluster (default: {DEFAULT_NAME})")
    common.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="machine-readable output")
    shape = argparse.ArgumentParser(add_help=False)
    _shape_arguments(shape)
    _shape_arguments(parser)
    parser.add_argument("--name", default=DEFAULT_NAME, help=f"which practice cluster (default: {DEFAULT_NAME})")
    parser.add_argument("--json", action="store_true", help="machine-readable output on stdout")
    verbs = parser.add_subparsers(dest="action", metavar="up | status | exec | fault | heal | down")
    verbs.add_parser("up", parents=[common, shape], help="start it")
    verbs.add_parser("status", parents=[common], help="show what runs")
    execute = verbs.add_parser("exec", parents=[common], help="run a command on a node, as root")
    execute.add_argument("node", metavar="NODE")
    execute.add_argument("command", nargs=argparse.REMAINDER, metavar="-- CMD")
    fault = verbs.add_parser("fault", parents=[common], help="inject a fault into a node")
    fault.add_argument("fault", nargs="?", metavar="FAULT")
    fault.add_argument("node", nargs="?", metavar="NODE")
    fault.add_argument("--list", action="store_true", help="list the faults")
    verbs.add_parser("heal", parents=[common], help="remove all faults")
    verbs.add_parser("down", parents=[common], help="remove it")


def _shape_arguments(parser: argparse.ArgumentParser) -> None:
    from corotui.practice.model import DEFAULT_USER

    def add(*flags: str, **options: object) -> None:
        parser.add_argument(*flags, default=argparse.SUPPRESS, **options)  # type: ignore[arg-type]

    add("--nodes", type=int, metavar="N", help="how many nodes (default: 3)")
    add("--links", type=int, metavar="L", help="how many networks each node has (default: 1)")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument(
        "--bare", action="store_true", default=argparse.SUPPRESS, help="nodes without corosync (the default)"
    )
    kind.add_argument(
        "--installed", action="store_true", default=argparse.SUPPRESS, help="nodes with the corosync package"
    )
    add("--user", metavar="USER", help=f"user that logs in (default: {DEFAULT_USER}, with sudo; root: no sudo)")
    add("--password-sudo", action="store_true", help="sudo asks for a password, and ssh accepts it")
    add("--directory", type=Path, metavar="DIR", help="where the cluster directory is created (new or empty)")
    add("--yes", action="store_true", help="install missing system packages without asking")


async def run(args: argparse.Namespace, out: Output) -> int:
    """Runs the subcommand, or opens the console without one. Returns the exit code."""
    out.json = out.json or args.json
    with _interruptible():
        match args.action:
            case None:
                return _console(args, out)
            case "up":
                return _up(args, out)
            case "status":
                return _status(args, out)
            case "exec":
                return _exec(args)
            case "fault":
                return _fault(args, out)
            case "heal":
                return _heal(args, out)
            case "down":
                return _down(args, out)
    raise UsageError(f"practice has no {args.action!r}.", changed="")


def _up(args: argparse.Namespace, out: Output) -> int:
    cluster = _start_cluster(args, out)
    if out.json:
        out.document(cluster.to_json())
    else:
        for node in cluster.nodes:
            out.data(f"{node.name:8} {node.user}@{node.host}")
        out.data(f"Open the console on it: corotui {cluster.directory}")
        if cluster.password:
            out.data(f"sudo asks for the password {cluster.password}")
    return 0


def _start_cluster(args: argparse.Namespace, out: Output) -> PracticeCluster:
    from corotui import practice
    from corotui.cli.prompts import ask_yes_no

    given = vars(args)
    shape = practice.Shape(
        **{key: given[key] for key in ("nodes", "links", "installed", "user", "password_sudo") if key in given}
    )

    def ask(question: str) -> bool:
        return bool(given.get("yes")) or ask_yes_no(out, question)

    return practice.up(args.name, shape, directory=given.get("directory"), ask=ask, report=_note_reporter(out))


def _status(args: argparse.Namespace, out: Output) -> int:
    from corotui import practice

    status = practice.status(args.name)
    if out.json:
        out.document(status.to_json() if status is not None else {"name": args.name, "state": "down", "nodes": []})
        return 0
    if status is None:
        out.data(f"There is no practice cluster {args.name}.")
        return 0
    out.data(f"{args.name} is {status.state.value}, in {status.cluster.directory}")
    for activity in status.nodes:
        node = activity.node
        out.data(f"  {node.name:8} {node.user}@{node.host:15} {_node_state(activity)}")
    for item in status.faults:
        out.data(f"  fault    {item.fault} on {item.node}")
    return 0


def _node_state(activity: NodeActivity) -> str:
    if activity.lost_supervisor:
        return "its systemd-nspawn has ended, its processes have not; `corotui practice heal` boots it again"
    return "answers ssh" if activity.ssh else "runs, no ssh" if activity.running else "off"


def _exec(args: argparse.Namespace) -> int:
    """Gives the command this process's own terminal, as ssh does: what it prints passes through unchanged."""
    from corotui import practice

    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    if not command:
        raise UsageError("exec needs a command: corotui practice exec node1 -- ip addr", changed="")
    return practice.attached(args.name, args.node, command)


def _fault(args: argparse.Namespace, out: Output) -> int:
    from corotui import practice
    from corotui.practice.faults.catalog import FAULTS

    if args.list or args.fault is None:
        if out.json:
            out.document([{"fault": fault.name, "title": fault.title} for fault in FAULTS])
        else:
            for fault in FAULTS:
                out.data(f"{fault.name:22} {fault.title}")
        return 0
    if args.node is None:
        raise UsageError("fault needs a node: corotui practice fault host-firewall node2", changed="")
    practice.inject(args.fault, args.node, name=args.name, report=_note_reporter(out))
    if out.json:
        out.document({"name": args.name, "fault": args.fault, "node": args.node})
    return 0


def _heal(args: argparse.Namespace, out: Output) -> int:
    from corotui import practice

    healed = practice.heal(name=args.name, report=_note_reporter(out))
    if out.json:
        out.document({"name": args.name, "healed": [{"fault": item.fault, "node": item.node} for item in healed]})
    elif not healed:
        out.say(f"No fault is in force on {args.name}.")
    return 0


def _down(args: argparse.Namespace, out: Output) -> int:
    from corotui import practice

    removed = practice.down(args.name, report=_note_reporter(out))
    if out.json:
        out.document({"name": args.name, "removed": removed})
    elif not removed:
        out.say(f"There is no practice cluster {args.name}.")
    return 0


def _console(args: argparse.Namespace, out: Output) -> int:
    if out.json:
        raise UsageError("the console has no --json; `practice up --json` has.", changed="")
    if not sys.stdout.isatty():
        raise RefusedError(
            "The console needs a terminal.", next_step="`corotui practice up` starts the nodes without it."
        )
    command = [sys.executable, "-m", "corotui", _directory(args, out)]
    os.execv(sys.executable, command)  # noqa: S606 - replaces this process: the console has its own event loop


def _directory(args: argparse.Namespace, out: Output) -> str:
    """The directory of the cluster that runs, unless the arguments ask for a shape; otherwise of a new one."""
    from corotui import practice

    asked = set(vars(args)) & {"nodes", "links", "bare", "installed", "user", "password_sudo", "directory"}
    status = None if asked else practice.status(args.name)
    if status is not None and status.state is not practice.PracticeState.STALE:
        return str(status.cluster.directory)
    return str(_start_cluster(args, out).directory)


def _note_reporter(out: Output) -> EventSink:
    from corotui.cluster.events import Note

    def print_note(event: Event) -> None:
        if isinstance(event, Note):
            out.say(f"{event.node}: {event.text}" if event.node else event.text)

    return print_note


@contextmanager
def _interruptible() -> Iterator[None]:
    """Lets Ctrl-C interrupt blocking work at once, so that it cleans up; asyncio would wait until it ends."""
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
