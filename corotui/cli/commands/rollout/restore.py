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

HELP = """Put an earlier corosync.conf back on all nodes, through the same steps as `apply`.

Without GENERATION it is the newest one that differs from the directory's corosync.conf."""


def arguments(parser: argparse.ArgumentParser) -> None:
    from corotui.cli.commands.rollout.apply import consent_arguments

    parser.add_argument("words", nargs="*", metavar="DIR GENERATION", help="cluster directory; number of a generation")
    parser.add_argument("--list", action="store_true", help="the generations there are")
    parser.add_argument("--yes", action="store_true", help="do it without asking")
    connection_arguments(parser)
    verbose_argument(parser)
    consent_arguments(parser)


async def run(args: argparse.Namespace, out: Output) -> int:
    from corotui.cli.commands.rollout.apply import consents
    from corotui.cli.prompts import confirm
    from corotui.cli.rollout_runner import run_rollout
    from corotui.directory import Directory
    from corotui.workflow import headless

    args.directory, generation = _parse_positionals(args.words)
    directory = Directory.open(args.directory)
    if args.list:
        return _list_generations(directory, out)
    allowed = consents(args)

    async def prepare(workflow: Workflow) -> None:
        await workflow.connect()
        headless.raise_errors(workflow)
        number = str(generation) if generation is not None else "the one before"
        await confirm(out, f"Roll out generation {number}?", yes=args.yes, refusal="Not restored.")

    async def work(workflow: Workflow, _: None) -> Outcome:
        await workflow.restore(generation, allowed)
        headless.raise_errors(workflow)
        return headless.outcome_of(workflow)

    return await run_rollout(args, out, prepare, work)


def _parse_positionals(words: list[str]) -> tuple[str, int | None]:
    """[DIR] [GENERATION]: a word of digits only is a generation, unless two are given and it is the first."""
    if len(words) > 2:
        raise UsageError("At most a directory and a generation are understood.", changed="")
    if len(words) == 2:
        if not _is_number(words[1]):
            raise UsageError(f"{words[1]!r} is no number of a generation.", changed="")
        return words[0], int(words[1])
    if words and _is_number(words[0]):
        return ".", int(words[0])
    return (words[0] if words else "."), None


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) < 10


def _list_generations(directory: Directory, out: Output) -> int:
    from corotui.rollout.history.generations import GenerationStore
    from corotui.rollout.history.journal import Journal

    with Journal(directory) as journal:
        found: tuple[Generation, ...] = GenerationStore(directory, journal).all()
    if out.json:
        out.document([generation.to_json() for generation in found])
        return 0
    for generation in found:
        clock = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(generation.at))
        out.data(f"{generation.number:4}  {clock}  {generation.sha256[:12]}  {generation.note}")
    if not found:
        out.say("Nothing was rolled out from here yet.")
    return 0
