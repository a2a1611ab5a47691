"""What the verbs of a rollout print of a plan and of its outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corotui.cli.output.printer import Output

if TYPE_CHECKING:
    from corotui.rollout import Outcome
    from corotui.workflow.headless import RunPreview

EXIT_INTERRUPTED = 130


def print_preview(out: Output, preview: RunPreview) -> None:
    """Sentences, commands, the proposed file, the diff of each node: all on stdout."""
    plan = preview.plan or {}
    for refusal in _dicts(plan.get("refusals")):
        node = f"{refusal['node']}: " if refusal.get("node") else ""
        out.data(f"✗ {node}{refusal['what']} {refusal.get('next', '')}".rstrip())
    if preview.empty:
        out.data("Nothing to change.")
    for line in preview.sentences:
        out.data(line)
    for warning in _list(plan.get("warnings")):
        out.data(f"! {warning}")
    if preview.commands:
        out.data("")
    for node, command in preview.commands:
        out.data(f"{node:10} $ {command}")
    if preview.proposed_conf is not None:
        out.data("\ncorosync.conf, as proposed:\n")
        out.data(preview.proposed_conf.decode("utf-8", "replace").rstrip("\n"))
    else:
        for names, diff in _diffs(plan):
            out.data(f"\ncorosync.conf on {', '.join(names)}:\n{diff}")


def preview_document(preview: RunPreview) -> dict[str, object]:
    """The same as one JSON object: the plan's fields, with `commands` and `proposed`."""
    return {
        **(preview.plan or {}),
        "empty": preview.empty,
        "words": list(preview.sentences),
        "commands": [{"node": node, "command": command} for node, command in preview.commands],
        "proposed": preview.proposed_conf.decode("utf-8", "replace") if preview.proposed_conf is not None else None,
    }


def print_outcome(out: Output, outcome: Outcome) -> None:
    """What came of it, on stderr."""
    out.say(outcome.what)
    for node, words in outcome.problems.items():
        out.say(f"  {node}: {words}")
        for line in outcome.recent_logs.get(node, ()):
            out.say(f"      {line}")
    if outcome.next_step:
        out.say(outcome.next_step)


def outcome_document(outcome: Outcome) -> dict[str, object]:
    """The last line of a run with --json."""
    return {"event": "done", **outcome.to_json(), "exit_code": exit_code(outcome)}


def exit_code(outcome: Outcome) -> int:
    """0 for a ring that is healthy, and for a run that was undone when asked to; 130 for one that was stopped."""
    from corotui.rollout import RolloutStatus

    match outcome.status:
        case RolloutStatus.INTERRUPTED:
            return EXIT_INTERRUPTED
        case RolloutStatus.DONE | RolloutStatus.NOTHING:
            return 0 if outcome.ring is None or outcome.healthy else 1
        case RolloutStatus.UNDONE:
            return 0
        case RolloutStatus.FAILED:
            return 1


def _diffs(plan: dict[str, object]) -> list[tuple[list[str], str]]:
    seen: dict[str, list[str]] = {}
    for node in _dicts(plan.get("nodes")):
        if node.get("diff"):
            seen.setdefault(str(node["diff"]), []).append(str(node["name"]))
    return [(names, diff) for diff, names in seen.items()]


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _dicts(value: object) -> list[dict[str, object]]:
    return [one for one in _list(value) if isinstance(one, dict)]
