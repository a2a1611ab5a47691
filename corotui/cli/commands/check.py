"""`corotui check [DIR]`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from corotui.cli import exit_codes
from corotui.cli.cluster_session import connection_arguments, directory_argument, open_session
from corotui.cli.output.printer import Output
from corotui.errors import CorotuiError, NodeUnreachableError

if TYPE_CHECKING:
    from corotui.facts import NodeFacts

HELP = """Find what stands against a ring: on the nodes, in their networks, in corosync.conf.

Nothing is changed. Exit codes: 0 no errors, 1 findings of severity error, 3 a node could not be reached."""


def arguments(parser: argparse.ArgumentParser) -> None:
    directory_argument(parser)
    parser.add_argument(
        "--prove", action="store_true", help="send UDP between all pairs of nodes on the links that would be taken, too"
    )
    connection_arguments(parser)


async def run(args: argparse.Namespace, out: Output) -> int:
    from corotui.cluster.finding import Severity, worst_severity
    from corotui.conf import names_to_resolve, parse
    from corotui.conf.constants import BASE_PORT
    from corotui.facts import gather_all
    from corotui.network import ProbeResult, probe, propose_links
    from corotui.workflow.findings import collect_findings, merge_findings

    async with open_session(args, out) as session:
        names = [node.name for node in session.cluster.nodes]
        names += names_to_resolve(parse(session.conf)) if session.conf is not None else ()
        answers = await gather_all(session.reachable, names=names)
        facts: dict[str, NodeFacts] = {n: a for n, a in answers.items() if not isinstance(a, CorotuiError)}
        links = propose_links(facts)
        proofs: list[ProbeResult] = []
        for number, link in enumerate(link for link in links if link.recommended and args.prove):
            proofs.append(await probe(session.reachable, link, port=BASE_PORT + number))
    failed = {**session.unreachable, **{n: a for n, a in answers.items() if isinstance(a, CorotuiError)}}
    blocked = tuple(finding for proof in proofs for finding in proof.findings())
    slowest = max((proof.milliseconds for proof in proofs if proof.milliseconds is not None), default=None)
    found = merge_findings(collect_findings(facts, session.cluster.install, session.conf, blocked, latency_ms=slowest))
    if out.json:
        out.document(
            {
                "findings": [finding.to_json() for finding in found],
                "links": [
                    {
                        "network": str(link.network),
                        "usable": link.usable,
                        "recommended": link.recommended,
                        "reason": link.reason,
                        "notes": list(link.notes),
                        "addresses": dict(link.addresses()),
                    }
                    for link in links
                ],
                "proved": [proof.to_json() for proof in proofs],
                "failed": {name: error.to_json() for name, error in failed.items()},
            }
        )
    else:
        out.findings(found)
        for proof in proofs:
            out.data(f"{proof.network}: {proof.summary}.")
        for error in failed.values():
            out.say(str(error))
        if not found and not failed:
            out.data(f"Nothing stands against a ring of {len(facts)} nodes.")
    if any(isinstance(error, NodeUnreachableError) for error in failed.values()):
        return exit_codes.UNREACHABLE
    if failed:
        return max(error.exit_code for error in failed.values())
    return exit_codes.FAILED if worst_severity(found) is Severity.ERROR else exit_codes.DONE
