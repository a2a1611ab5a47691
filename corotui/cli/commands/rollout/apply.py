"""`corotui apply [DIR]`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from corotui.cli.arguments import connection_arguments, directory_argument, verbose_argument
from corotui.cli.output.printer import Output

if TYPE_CHECKING:
    from corotui.rollout import Consent, Outcome
    from corotui.workflow.headless import RunPreview
    from corotui.workflow.workflow import Workflow

HELP = """Do all steps: fix prerequisites, install, write corosync.conf, roll out, wait for the ring.

What is in order is left alone, so a second `apply` changes nothing. Without --yes it shows what it will do and
asks once. It prints one line for each step; -v adds the commands. When it is interrupted or its terminal is lost, it
stops at a safe point."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the verb."""
    directory_argument(parser)
    connection_arguments(parser)
    verbose_argument(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask; also accepts the proposed corosync.conf")
    consent_arguments(parser)
    key_arguments(parser)


def key_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what the operator can say about the key."""
    parser.add_argument(
        "--key-from",
        metavar="NODE",
        default="",
        help="where the nodes have different keys: the node whose key all of them get",
    )
    parser.add_argument(
        "--accept-key-file",
        metavar="PATH",
        default="",
        help="the file that totem.keyfile names is the key, although it does not look like one",
    )


def choose_key(args: argparse.Namespace, workflow: Workflow) -> None:
    """Passes on what the command line says about the key. Raises UsageError for an unknown node."""
    from corotui.rollout import KeyChoice

    workflow.choose_key(KeyChoice(args.key_from, args.accept_key_file))


def consent_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the consents that --yes does not include."""
    parser.add_argument(
        "--take-over",
        action="store_true",
        help="replace the configuration of a running corosync even if it is not from this directory",
    )
    parser.add_argument(
        "--allow-pacemaker",
        action="store_true",
        help="stop or restart corosync although Pacemaker runs on it: its resources stop or move",
    )


def consents(args: argparse.Namespace) -> frozenset[Consent]:
    """The consents on the command line."""
    from corotui.rollout import Consent

    given = {Consent.RUNNING: args.take_over, Consent.PACEMAKER: args.allow_pacemaker}
    return frozenset(consent for consent, is_given in given.items() if is_given)


async def run(args: argparse.Namespace, out: Output) -> int:
    """Shows and asks, then does all steps up to the ring. Returns the exit code."""
    from corotui.cli.output.rollout_report import print_preview
    from corotui.cli.prompts import confirm
    from corotui.cli.rollout_runner import run_rollout
    from corotui.workflow import headless

    async def prepare(workflow: Workflow) -> tuple[headless.RunPreview, frozenset[Consent]]:
        choose_key(args, workflow)
        preview = await headless.preview(workflow)
        if not preview.empty and not args.yes:
            if not out.json:
                print_preview(out, preview)
            await confirm(out, "Do this?", yes=False, refusal="Not applied.")
        return preview, await _ask_consents(args, out, preview)

    async def work(workflow: Workflow, prepared: tuple[headless.RunPreview, frozenset[Consent]]) -> Outcome:
        return await headless.run(workflow, *prepared)

    return await run_rollout(args, out, prepare, work)


async def _ask_consents(args: argparse.Namespace, out: Output, preview: RunPreview) -> frozenset[Consent]:
    """Asks for the consents that the plan needs, one after another, and returns all that are given.

    Only on a terminal. --yes covers none of them; with it only Pacemaker is asked about.
    """
    from corotui.cli.output.printer import has_terminal
    from corotui.cli.prompts import confirm
    from corotui.rollout import Consent

    granted, plan = consents(args), preview.plan
    if plan is None or not has_terminal():
        return granted
    for consent, question in (
        (Consent.PACEMAKER, "Stop corosync under Pacemaker on {nodes}?"),
        (Consent.KEY_FILE, f"Is {plan.key_path} the key of this cluster?"),
        (Consent.KEY_SOURCE, f"Give all nodes the key of {plan.key_source}?"),
    ):
        refusals = [refusal for refusal in plan.refusals if refusal.consent is consent]
        if not refusals or consent in granted or (args.yes and consent is not Consent.PACEMAKER):
            continue
        for refusal in refusals:
            out.say(refusal.sentence)
        nodes = ", ".join(refusal.node or "all nodes" for refusal in refusals)
        refused = f"{refusals[0].what} {refusals[0].next_step}"
        await confirm(out, question.format(nodes=nodes), yes=False, refusal=refused)
        granted |= {consent}
    return granted
