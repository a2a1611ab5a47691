"""`corotui check [DIR]`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from corotui.cli import exit_codes
from corotui.cli.arguments import connection_arguments, directory_argument
from corotui.cli.output.printer import Output
from corotui.cluster.phrasing import format_count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from corotui.errors import CorotuiError
    from corotui.workflow.state import WorkflowState

HELP = """Find what prevents a ring: on the nodes, in their networks, in corosync.conf.

Nothing is changed. Exit codes: 0 no errors, 1 findings of severity error, 3 a node could not be reached."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the verb."""
    directory_argument(parser)
    parser.add_argument(
        "--prove",
        action="store_true",
        help="also send UDP between all pairs of nodes on the chosen links, or on the recommended ones",
    )
    connection_arguments(parser)


async def run(args: argparse.Namespace, out: Output) -> int:
    """Asks the nodes and prints all findings. Returns the exit code."""
    from corotui.cli.workflow_session import errors_exit_code, open_workflow
    from corotui.cluster.finding import Severity, worst_severity
    from corotui.workflow.headless import raise_failures
    from corotui.workflow.run_action import connect_and_discover

    async with open_workflow(args, out) as workflow:
        await connect_and_discover(workflow)
        if args.prove:
            await workflow.probe()
        raise_failures(workflow)
        failed = workflow.unreached_nodes
        state = workflow.state
    if out.json:
        out.document(_document(state, failed))
    else:
        _print_check(state, failed, out)
    if failed:
        return errors_exit_code(failed.values())
    return exit_codes.FAILED if worst_severity(state.findings) is Severity.ERROR else exit_codes.DONE


def _document(state: WorkflowState, failed: Mapping[str, CorotuiError]) -> dict[str, object]:
    return {
        "findings": [finding.to_json() for finding in state.findings],
        "links": [
            {
                "network": str(link.network),
                "usable": link.usable,
                "recommended": link.recommended,
                "reason": link.reason,
                "notes": list(link.notes),
                "addresses": dict(link.addresses()),
            }
            for link in state.links
        ],
        "proved": [result.to_json() for result in state.probe_results],
        "failed": {name: error.to_json() for name, error in failed.items()},
    }


def _print_check(state: WorkflowState, failed: Mapping[str, CorotuiError], out: Output) -> None:
    out.findings(state.findings)
    for result in state.probe_results:
        if not result.ok:
            out.data(f"{result.network}: {result.summary}.")
    for error in failed.values():
        out.say(str(error))
    if not state.findings and not failed:
        out.data(f"{out.mark('ok')} Nothing prevents a ring of {format_count(len(state.nodes), 'node')}.")
