"""`corotui facts [DIR] [--node NAME]`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from corotui.cli.arguments import connection_arguments, directory_argument
from corotui.cli.output.printer import Output

if TYPE_CHECKING:
    from corotui.workflow.workflow import Workflow

HELP = """Show what each node is: its system, interfaces, firewall, clock and corosync.

Exit codes: 0 all nodes answered, 1 a node's answer could not be used, 3 a node could not be reached."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the verb."""
    directory_argument(parser)
    parser.add_argument("--node", action="append", metavar="NAME", help="this node only; may be given more than once")
    connection_arguments(parser)


async def run(args: argparse.Namespace, out: Output) -> int:
    """Asks the nodes and prints their facts. Returns the exit code."""
    from corotui.cli.workflow_session import errors_exit_code, open_workflow
    from corotui.workflow.run_action import connect_and_discover

    async with open_workflow(args, out) as workflow:
        names = _node_names(workflow, args.node)
        await connect_and_discover(workflow, names)
        _print_facts(workflow, names, out)
        return errors_exit_code(workflow.unreached_nodes[name] for name in names if name in workflow.unreached_nodes)


def _node_names(workflow: Workflow, chosen: list[str] | None) -> list[str]:
    """The chosen nodes in the order of cluster.toml, all without a choice; UsageError for a name that is no node."""
    from corotui.errors import UsageError

    known = [node.name for node in workflow.state.cluster.nodes]
    for name in chosen or ():
        if name not in known:
            raise UsageError(f"There is no node {name} in {workflow.state.directory}/cluster.toml.")
    return [name for name in known if chosen is None or name in chosen]


def _print_facts(workflow: Workflow, names: list[str], out: Output) -> None:
    from corotui.cli.output.facts_table import facts_lines
    from corotui.facts import to_json

    errors = workflow.unreached_nodes
    facts = {node.name: node.facts for node in workflow.state.nodes if node.name in names and node.live and node.facts}
    if out.json:
        failed = {name: error.to_json() for name, error in errors.items()}
        by_node = {**failed, **{name: to_json(answer) for name, answer in facts.items()}}
        out.document({"nodes": {name: by_node[name] for name in names if name in by_node}})
        return
    for name in names:
        out.data(name)
        for line in facts_lines(facts[name]) if name in facts else [str(errors[name])]:
            out.data(f"  {line}")
