"""A plan and the outcome of a rollout, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corotui.cli import exit_codes
from corotui.cli.output.printer import Output

if TYPE_CHECKING:
    from corotui.rollout import Outcome
    from corotui.workflow.headless import RunPreview


def print_preview(out: Output, preview: RunPreview) -> None:
    """Prints what would be done on stdout: sentences, commands, and the proposed file or the diff of each node."""
    plan = preview.plan
    for refusal in plan.refusals if plan is not None else ():
        out.data(f"{out.mark('error')} {refusal.sentence} {refusal.next_step}".rstrip())
    if preview.empty:
        out.data("Nothing to change.")
    for line in preview.sentences:
        out.data(line)
    for warning in plan.warnings if plan is not None else ():
        out.data(f"{out.mark('warning')} {warning}")
    if preview.commands:
        out.data()
    for node, command in preview.commands:
        out.data(f"{node:10} $ {command}")
    if preview.proposed_conf is not None:
        out.block("\nThe proposed corosync.conf:\n")
        out.block(preview.proposed_conf.decode("utf-8", "replace").rstrip("\n"))
    elif plan is not None:
        for diff, names in plan.diffs().items():
            out.block(f"\ncorosync.conf on {', '.join(names)}:\n{diff}")


def preview_document(preview: RunPreview) -> dict[str, object]:
    """The same as one JSON object: the plan's fields, with `commands` and `proposed`."""
    return {
        **(preview.plan.to_json() if preview.plan is not None else {}),
        "empty": preview.empty,
        "words": list(preview.sentences),
        "commands": [{"node": node, "command": command} for node, command in preview.commands],
        "proposed": preview.proposed_conf.decode("utf-8", "replace") if preview.proposed_conf is not None else None,
    }


def print_outcome(out: Output, outcome: Outcome) -> None:
    """Prints to stderr what was done, the problem and the telling log lines of each node, and the next step."""
    out.say(outcome.what)
    for node, problem in outcome.problems.items():
        out.say(f"  {node}: {problem}")
        for line in outcome.recent_logs.get(node, ()):
            out.say(f"      {line}")
    if outcome.next_step:
        out.say(outcome.next_step)


def outcome_document(outcome: Outcome) -> dict[str, object]:
    """The last JSON line of a run."""
    return {"event": "done", **outcome.to_json(), "exit_code": exit_code(outcome)}


def exit_code(outcome: Outcome) -> int:
    """DONE for a healthy ring, an undo and a forgotten run, INTERRUPTED for a run that was stopped, else FAILED."""
    from corotui.rollout import RolloutStatus

    match outcome.status:
        case RolloutStatus.INTERRUPTED:
            return exit_codes.INTERRUPTED
        case RolloutStatus.DONE | RolloutStatus.NOTHING:
            return exit_codes.DONE if outcome.ring is None or outcome.healthy else exit_codes.FAILED
        case RolloutStatus.UNDONE | RolloutStatus.FORGOTTEN:
            return exit_codes.DONE
        case RolloutStatus.FAILED:
            return exit_codes.FAILED
