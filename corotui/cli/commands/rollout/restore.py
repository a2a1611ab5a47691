"""`corotui restore [DIR] [GENERATION]`."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from corotui.cli.arguments import connection_arguments, verbose_argument
from corotui.cli.output.printer import Output
from corotui.errors import UsageError

if TYPE_CHECKING:
    from corotui.directory import Directory
    from corotui.rollout import Outcome
    from corotui.rollout.history.generations import Generation
    from corotui.workflow.workflow import Workflow

HELP = """Roll an earlier corosync.conf out to all nodes, by the same steps as `apply`.

Without GENERATION it takes the newest one that differs from the directory's corosync.conf."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the verb."""
    from corotui.cli.commands.rollout.apply import consent_arguments, key_arguments

    parser.add_argument(
        "positionals", nargs="*", metavar="DIR GENERATION", help="cluster directory; number of a generation"
    )
    parser.add_argument("--list", action="store_true", help="list the generations")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    connection_arguments(parser)
    verbose_argument(parser)
    consent_arguments(parser)
    key_arguments(parser)


async def run(args: argparse.Namespace, out: Output) -> int:
    """Rolls out an earlier configuration, or lists the generations. Returns the exit code."""
    from corotui.cli.commands.rollout.apply import choose_key, consents
    from corotui.cli.prompts import confirm
    from corotui.cli.rollout_runner import run_rollout
    from corotui.directory import Directory
    from corotui.workflow import headless

    args.directory, generation = _parse_positionals(args.positionals)
    directory = Directory.open(args.directory)
    if args.list:
        return _list_generations(directory, out)
    allowed = consents(args)

    async def prepare(workflow: Workflow) -> None:
        choose_key(args, workflow)
        await workflow.connect()
        headless.raise_errors(workflow)
        number = str(generation) if generation is not None else "the one before"
        await confirm(out, f"Roll out generation {number}?", yes=args.yes, refusal="Not restored.")

    async def work(workflow: Workflow, _: None) -> Outcome:
        await workflow.restore(generation, allowed)
        headless.raise_errors(workflow)
        return headless.outcome_of(workflow)

    return await run_rollout(args, out, prepare, work)


def _parse_positionals(positionals: list[str]) -> tuple[str, int | None]:
    """Returns (directory, generation). A single argument of digits only is a generation, not a directory."""
    if len(positionals) > 2:
        raise UsageError("restore takes at most a directory and the number of a generation.", changed="")
    if len(positionals) == 2:
        if not _is_number(positionals[1]):
            raise UsageError(f"{positionals[1]!r} is not the number of a generation.", changed="")
        return positionals[0], int(positionals[1])
    if positionals and _is_number(positionals[0]):
        return ".", int(positionals[0])
    return (positionals[0] if positionals else "."), None


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) < 10


def _list_generations(directory: Directory, out: Output) -> int:
    from corotui.rollout.history.generations import GenerationStore
    from corotui.rollout.history.journal import Journal

    with Journal(directory) as journal:
        generations: tuple[Generation, ...] = GenerationStore(directory, journal).all()
    if out.json:
        out.document([generation.to_json() for generation in generations])
        return 0
    for generation in generations:
        clock = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(generation.at))
        out.data(f"{generation.number:4}  {clock}  {generation.sha256[:12]}  {generation.note}")
    if not generations:
        out.say("Nothing was rolled out from this directory yet.")
    return 0
