"""How apply, recover and restore run: a walk without a terminal, safe points on signals, the outcome at the end."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from corotui.cli.output import Output

if TYPE_CHECKING:
    from corotui.rollout import Outcome
    from corotui.walk.walk import Walk

T = TypeVar("T")


async def roll(
    args: argparse.Namespace,
    out: Output,
    prepare: Callable[[Walk], Awaitable[T]],
    work: Callable[[Walk, T], Awaitable[Outcome]],
) -> int:
    """Prepares (looks, asks) and does the work on the walk of args.directory; returns the exit code. Only from the work
    on a signal waits for a safe point."""
    from corotui.cli.rollout_words import INTERRUPTED, exit_code, outcome_document, show_outcome
    from corotui.cli.session import ask_for
    from corotui.cli.unhurried import Deaf, to_safe_point
    from corotui.directory import Directory
    from corotui.walk.walk import Walk

    deaf = Deaf(out)
    walk = Walk(Directory.open(args.directory), ask=ask_for(args, out), report=deaf.event)
    walk.load()
    try:
        prepared = await prepare(walk)
    except BaseException:
        await walk.close()
        raise
    with to_safe_point(walk.stop, deaf) as interrupted:
        try:
            outcome = await work(walk, prepared)
        finally:
            await walk.close()
        deaf.attempt(lambda: show_outcome(out, outcome))
        if out.json:
            deaf.attempt(lambda: out.document(outcome_document(outcome)))
        return INTERRUPTED if interrupted() else exit_code(outcome)
