"""How apply, recover and restore run: steps on stderr, a stop at a safe point on signals, the outcome at the end."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from corotui.cli import exit_codes
from corotui.cli.output.printer import Output
from corotui.errors import CorotuiError, RefusedError, leaves

if TYPE_CHECKING:
    from corotui.rollout import Outcome
    from corotui.workflow.workflow import Workflow

T = TypeVar("T")
Prepare = Callable[["Workflow"], Awaitable[T]]
Execute = Callable[["Workflow", T], Awaitable["Outcome"]]


async def run_rollout(args: argparse.Namespace, out: Output, prepare: Prepare[T], execute: Execute[T]) -> int:
    """Prepares (connects, asks) and does the work on the cluster of `args.directory`. Returns the exit code.

    With --json the last line is {"event": "done", …}, also after an error.
    """
    try:
        return await _run_rollout(args, out, prepare, execute)
    except (CorotuiError, ExceptionGroup) as error:
        errors = list(leaves(error)) if isinstance(error, ExceptionGroup) else [error]
        if not out.json or not all(isinstance(each, CorotuiError) for each in errors):
            raise
        return _report_errors([each for each in errors if isinstance(each, CorotuiError)], out)


async def _run_rollout(args: argparse.Namespace, out: Output, prepare: Prepare[T], execute: Execute[T]) -> int:
    """A signal ends the preparation at once, since nothing has changed yet; it ends the work at a safe point."""
    from corotui.cli.graceful_stop import stop_on_signals
    from corotui.cli.output.rollout_report import exit_code, outcome_document, print_outcome
    from corotui.cli.workflow_session import open_workflow, report_steps

    async with open_workflow(args, out) as workflow:
        with report_steps(workflow, args, out) as resilient_out:
            prepared = await prepare(workflow)
            with stop_on_signals(workflow.stop, resilient_out) as interrupted:
                try:
                    outcome = await execute(workflow, prepared)
                finally:
                    await workflow.close()
        resilient_out.try_write(lambda: print_outcome(out, outcome))
        if out.json:
            resilient_out.try_write(lambda: out.document(outcome_document(outcome)))
        return exit_codes.INTERRUPTED if interrupted() else exit_code(outcome)


def _report_errors(errors: list[CorotuiError], out: Output) -> int:
    """Prints each error as a JSON line, then the last line. Returns the exit code."""
    for error in errors:
        out.error(error)
    code = max(error.exit_code for error in errors)
    refused = all(isinstance(error, RefusedError) for error in errors)
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
