"""`corotui doctor [DIR]`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

from corotui.cli import exit_codes
from corotui.cli.arguments import connection_arguments, directory_argument, verbose_argument
from corotui.cli.output.printer import Output
from corotui.cluster.phrasing import format_count
from corotui.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from corotui.cluster.finding import Finding
    from corotui.workflow.workflow import Workflow

HELP = """Say what is wrong with the ring, why, and what to do about it.

Looks at all nodes at once and changes nothing. --fix CODE shows what fixes the findings of that code, asks, does it
and diagnoses again.

Exit codes: 0 nothing is wrong, 1 something is wrong, 3 a node could not be reached, 4 the fix was refused."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the verb."""
    directory_argument(parser)
    connection_arguments(parser)
    verbose_argument(parser)
    parser.add_argument("--fix", metavar="CODE", help="fix the findings of this code, each by its first remedy")
    parser.add_argument("--node", metavar="NAME", help="with --fix: only on this node")
    parser.add_argument("--yes", action="store_true", help="with --fix: do not ask")


async def run(args: argparse.Namespace, out: Output) -> int:
    """Diagnoses, fixes with --fix, and prints the findings. Returns the exit code."""
    from corotui.cli.workflow_session import open_workflow
    from corotui.workflow.headless import raise_failures, require_nodes

    async with open_workflow(args, out) as workflow:
        require_nodes(workflow)
        await workflow.connect()
        began = time.monotonic()
        await workflow.diagnose()
        raise_failures(workflow)
        failed = interrupted = False
        if args.fix is not None:
            chosen = _select_findings(workflow.state.doctor or (), args.fix, args.node)
            failed, interrupted = await _fix(workflow, chosen, args, out)
            began = time.monotonic()
            await (workflow.diagnose() if failed or interrupted else workflow.verify_fix(chosen))
            raise_failures(workflow)
        findings = workflow.state.doctor or ()
        _print_findings(findings, time.monotonic() - began, out)
    if interrupted:
        return exit_codes.INTERRUPTED
    return _exit_code(findings) or (exit_codes.FAILED if failed else exit_codes.DONE)


def _print_findings(findings: Sequence[Finding], seconds: float, out: Output) -> None:
    from corotui.cluster.finding import Severity
    from corotui.doctor import CAUSE_COUNT

    if out.json:
        out.document(
            {
                "healthy": not any(finding.severity is Severity.ERROR for finding in findings),
                "looked_at": CAUSE_COUNT,
                "seconds": round(seconds, 1),
                "findings": [finding.to_json() for finding in findings],
            }
        )
        return
    summary = f"{format_count(CAUSE_COUNT, 'cause')} checked in {seconds:.1f} s"
    if not findings:
        out.data(f"{out.mark('ok')} Nothing is wrong: {summary}.")
        return
    out.findings(findings, certainty=True)
    fixable = any(remedy.is_automatic for finding in findings for remedy in finding.remedies)
    out.say(f"{summary}. `--fix CODE` shows and runs what fixes a finding." if fixable else f"{summary}.")


def _select_findings(findings: Sequence[Finding], code: str, node: str | None) -> tuple[Finding, ...]:
    """The findings of that code (and node); UsageError where there is none."""
    chosen = tuple(
        finding for finding in findings if finding.code == code and (node is None or finding.node in (node, None))
    )
    if chosen:
        return chosen
    codes = ", ".join(dict.fromkeys(finding.code for finding in findings))
    what = f"There is no finding {code}{f' on {node}' if node else ''}"
    raise UsageError(f"{what}; the findings are: {codes}." if codes else f"{what}; nothing is wrong.")


async def _fix(
    workflow: Workflow, chosen: Sequence[Finding], args: argparse.Namespace, out: Output
) -> tuple[bool, bool]:
    """Asks, then fixes as the console does. Returns whether something failed, and whether a signal stopped it."""
    from dataclasses import replace

    from corotui.cli.graceful_stop import ResilientOutput, stop_on_signals
    from corotui.cli.prompts import confirm
    from corotui.cli.workflow_session import report_steps
    from corotui.workflow.operations.fix import runnable_remedies

    remedies = runnable_remedies(chosen)
    if not remedies:
        manual = " ".join(remedy.manual for finding in chosen for remedy in finding.remedies if remedy.manual)
        raise RefusedError(f"corotui cannot fix {args.fix} itself.", next_step=manual)
    if not out.json:
        out.findings([replace(each, remedies=tuple(runnable_remedies([each]))) for each in chosen], certainty=True)
    nodes = ", ".join(dict.fromkeys(remedy.node for remedy in remedies if remedy.node))
    await confirm(out, f"Run this on {nodes}?" if nodes else "Run this?", yes=args.yes, refusal="Nothing was run.")
    # With --json the diagnosis afterwards is the one document.
    steps = nullcontext(ResilientOutput(out)) if out.json else report_steps(workflow, args, out)
    with steps as resilient_out, stop_on_signals(workflow.stop, resilient_out) as interrupted:
        await workflow.fix(chosen)
    for error in workflow.failures:
        out.say(str(error))
    return bool(workflow.failures), interrupted()


def _exit_code(findings: Sequence[Finding]) -> int:
    from corotui.cluster.finding import NODE_UNREACHABLE, Severity

    if any(finding.code == NODE_UNREACHABLE for finding in findings):
        return exit_codes.UNREACHABLE
    failed = any(finding.severity is Severity.ERROR for finding in findings)
    return exit_codes.FAILED if failed else exit_codes.DONE
