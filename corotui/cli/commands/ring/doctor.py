"""`corotui doctor [DIR]`."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from corotui.cli import exit_codes
from corotui.cli.cluster_session import ClusterSession, connection_arguments, directory_argument, open_session
from corotui.cli.output.printer import Output
from corotui.cli.prompts import confirm
from corotui.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from corotui.cluster.finding import Finding

HELP = """Say what is wrong with the ring, why, and what to do about it.

Looks at all nodes at once and changes nothing. --fix CODE shows what would mend that finding, asks, runs it and
looks again.

Exit codes: 0 nothing is wrong, 1 something is, 3 a node could not be reached, 4 the mending was refused."""


def arguments(parser: argparse.ArgumentParser) -> None:
    directory_argument(parser)
    connection_arguments(parser)
    parser.add_argument("--fix", metavar="CODE", help="mend the findings of this code")
    parser.add_argument("--node", metavar="NAME", help="with --fix: only on this node")
    parser.add_argument("--yes", action="store_true", help="with --fix: do not ask")


async def run(args: argparse.Namespace, out: Output) -> int:
    async with open_session(args, out) as session:
        findings, seconds = await _run_doctor(session)
        if args.fix is None:
            _print_findings(findings, seconds, out)
            return _exit_code(findings)
        chosen = _select_findings(findings, args)
        await _fix(chosen, session, args, out)
        findings, seconds = await _wait_until_fixed(session, {(finding.code, finding.node) for finding in chosen})
        _print_findings(findings, seconds, out)
        return _exit_code(findings)


async def _run_doctor(session: ClusterSession) -> tuple[tuple[Finding, ...], float]:
    from corotui.doctor import examine

    began = time.monotonic()
    findings = await examine(session.shells, cluster=session.cluster, conf=session.conf)
    return findings, time.monotonic() - began


def _print_findings(findings: tuple[Finding, ...], seconds: float, out: Output) -> None:
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
    looked = f"looked at {CAUSE_COUNT} things, {seconds:.1f} s"
    if not findings:
        out.data(f"{out.mark('ok')} Nothing is wrong: {looked}.")
        return
    out.findings(findings, certainty=True)
    out.say(f"{looked}. `--fix CODE` shows and runs what fixes it.")


def _select_findings(findings: tuple[Finding, ...], args: argparse.Namespace) -> tuple[Finding, ...]:
    chosen = tuple(
        finding
        for finding in findings
        if finding.code == args.fix and (args.node is None or finding.node in (args.node, None))
    )
    if chosen:
        return chosen
    there = ", ".join(dict.fromkeys(finding.code for finding in findings)) or "nothing is wrong"
    raise UsageError(f"There is no finding {args.fix}; there is: {there}.")


async def _fix(chosen: tuple[Finding, ...], session: ClusterSession, args: argparse.Namespace, out: Output) -> None:
    from corotui.cluster.events import ignore_event
    from corotui.cluster.remedy_action import RollOut
    from corotui.remedies import runner

    offered = [remedy for finding in chosen for remedy in finding.remedies]
    remedies = tuple(item for item in offered if item.is_automatic and item.action != RollOut())
    if not remedies:
        words = " ".join(remedy.manual or "Run `corotui apply`." for remedy in offered)
        raise RefusedError(f"{args.fix} cannot be mended from here.", next_step=words)
    if not out.json:
        out.findings(chosen, certainty=True)
    nodes = dict.fromkeys(remedy.node for remedy in remedies if remedy.node)
    question = f"Run this on {', '.join(nodes)}?" if nodes else "Run this?"
    await confirm(out, question, yes=args.yes, refusal="Nothing was run.")
    report = ignore_event if out.json else out.event
    for mended in await runner.run_remedies(remedies, session.shells, report, conf=session.conf):
        if mended.error is not None:
            out.say(str(mended.error))


async def _wait_until_fixed(
    session: ClusterSession, fixed: set[tuple[str, str | None]]
) -> tuple[tuple[Finding, ...], float]:
    """Looks again until what was mended is gone, for as long as a ring takes to form."""
    import asyncio

    from corotui.cluster.finding import TRANSIENT_CODES

    limit = time.monotonic() + 30.0
    while True:
        findings, seconds = await _run_doctor(session)
        left = [item for item in findings if (item.code, item.node) in fixed or item.code in TRANSIENT_CODES]
        if not left or time.monotonic() > limit:
            return findings, seconds
        await asyncio.sleep(2.0)


def _exit_code(findings: tuple[Finding, ...]) -> int:
    from corotui.cluster.finding import NODE_UNREACHABLE, Severity

    if any(finding.code == NODE_UNREACHABLE for finding in findings):
        return exit_codes.UNREACHABLE
    failed = any(finding.severity is Severity.ERROR for finding in findings)
    return exit_codes.FAILED if failed else exit_codes.DONE
