"""What the verbs of a rollout print of a plan and of its outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corotui.cli.output import Output

if TYPE_CHECKING:
    from corotui.rollout import Outcome
    from corotui.walk.unattended import Intent

INTERRUPTED = 130


def show_intent(out: Output, intent: Intent) -> None:
    """Sentences, commands, the proposed file, the diff of each node: all on stdout."""
    plan = intent.plan or {}
    for refusal in _maps(plan.get("refusals")):
        node = f"{refusal['node']}: " if refusal.get("node") else ""
        out.data(f"✗ {node}{refusal['what']} {refusal.get('next', '')}".rstrip())
    if intent.empty:
        out.data("Nothing to change.")
    for line in intent.words:
        out.data(line)
    for warning in _list(plan.get("warnings")):
        out.data(f"! {warning}")
    if intent.commands:
        out.data("")
    for node, command in intent.commands:
        out.data(f"{node:10} $ {command}")
    if intent.conf is not None:
        out.data("\ncorosync.conf, as proposed:\n")
        out.data(intent.conf.decode("utf-8", "replace").rstrip("\n"))
    else:
        for names, diff in _diffs(plan):
            out.data(f"\ncorosync.conf on {', '.join(names)}:\n{diff}")


def intent_document(intent: Intent) -> dict[str, object]:
    """The same as one JSON object: the plan's fields, with `commands` and `proposed`."""
    return {
        **(intent.plan or {}),
        "empty": intent.empty,
        "words": list(intent.words),
        "commands": [{"node": node, "command": command} for node, command in intent.commands],
        "proposed": intent.conf.decode("utf-8", "replace") if intent.conf is not None else None,
    }


def show_outcome(out: Output, outcome: Outcome) -> None:
    """What came of it, on stderr."""
    out.say(outcome.what)
    for node, words in outcome.missing.items():
        out.say(f"  {node}: {words}")
        for line in outcome.said.get(node, ()):
            out.say(f"      {line}")
    if outcome.next_step:
        out.say(outcome.next_step)


def outcome_document(outcome: Outcome) -> dict[str, object]:
    """The last line of a run with --json."""
    return {"event": "done", **outcome.to_json(), "exit_code": exit_code(outcome)}


def exit_code(outcome: Outcome) -> int:
    """0 for a ring that is healthy, and for a run that was undone when asked to; 130 for one that was stopped."""
    from corotui.rollout import Result

    match outcome.result:
        case Result.INTERRUPTED:
            return INTERRUPTED
        case Result.DONE | Result.NOTHING:
            return 0 if outcome.ring is None or outcome.healthy else 1
        case Result.UNDONE:
            return 0
        case Result.FAILED:
            return 1


def _diffs(plan: dict[str, object]) -> list[tuple[list[str], str]]:
    seen: dict[str, list[str]] = {}
    for node in _maps(plan.get("nodes")):
        if node.get("diff"):
            seen.setdefault(str(node["diff"]), []).append(str(node["name"]))
    return [(names, diff) for diff, names in seen.items()]


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _maps(value: object) -> list[dict[str, object]]:
    return [one for one in _list(value) if isinstance(one, dict)]
