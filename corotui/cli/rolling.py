"""How apply, recover and restore run: a walk without a terminal, safe points on signals, the outcome at the end."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from corotui.cli.output import Output
from corotui.errors import CorotuiError, Refused

if TYPE_CHECKING:
    from corotui.rollout import Outcome
    from corotui.walk.walk import Walk

T = TypeVar("T")
Prepare = Callable[["Walk"], Awaitable[T]]
Work = Callable[["Walk", T], Awaitable["Outcome"]]


async def roll(args: argparse.Namespace, out: Output, prepare: Prepare[T], work: Work[T]) -> int:
    """Prepares (looks, asks) and does the work on the walk of args.directory; returns the exit code.

    With --json the last line is {"event": "done", …}, also where an error ends it.
    """
    try:
        return await _roll(args, out, prepare, work)
    except (CorotuiError, ExceptionGroup) as error:
        errors = list(_leaves(error))
        if not out.json or not all(isinstance(one, CorotuiError) for one in errors):
            raise
        return _told([one for one in errors if isinstance(one, CorotuiError)], out)


async def _roll(args: argparse.Namespace, out: Output, prepare: Prepare[T], work: Work[T]) -> int:
    """Only from the work on a signal waits for a safe point: before, nothing has changed."""
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


def _told(errors: list[CorotuiError], out: Output) -> int:
    """Each error as a line of its own, then the last line; the exit code."""
    for error in errors:
        out.error(error)
    code = max(error.exit_code for error in errors)
    refused = all(isinstance(error, Refused) for error in errors)
    out.document(
        {
            "event": "done",
            "result": "refused" if refused else "failed",
            "what": " ".join(str(error) for error in errors),
            "healthy": False,
            "exit_code": code,
        }
    )
    return code


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _leaves(part)
    else:
        yield error
