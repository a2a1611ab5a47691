"""The Review step: what will happen on each node, and what changes in its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from corotui.console.render.context import BLANK_ROW, RenderContext
from corotui.console.render.layout import Row, StyledLine, StyleName, fit_widths, table_row, wrap_text
from corotui.workflow.state import WorkflowState

_ACTION_LABELS = {
    "key": {"none": "not needed", "keep": "keep", "create": "make", "copy": "copy"},
    "conf": {"keep": "keep", "write": "write"},
    "start": {"none": "runs", "start": "start", "restart": "restart", "reload": "reload"},
}


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def render_review(state: WorkflowState, context: RenderContext) -> list[Row]:
    """The plan (`Plan.to_json()`): its words, warnings, a table of nodes, the diff of each different file."""
    plan = state.plan
    if plan is None:
        return context.note(_missing_plan_text(state), style="")
    rows: list[Row] = []
    for word in _list(plan.get("words")):
        rows += context.note(str(word), style="")
    if plan.get("empty") and not rows:
        rows += context.note("The nodes are as the configuration says. There is nothing to change.", style="")
    for refusal in _list(plan.get("refusals")):
        rows += _render_refusal(refusal, context)
    for warning in _list(plan.get("warnings")):
        lines = wrap_text(
            str(warning), context.width, prefix=StyledLine((context.glyphs.needs, "needs"), " "), indent=2
        )
        rows += [Row(line) for line in lines]
    nodes = [node for node in _list(plan.get("nodes")) if isinstance(node, Mapping)]
    rows += [BLANK_ROW, *_render_node_table(nodes, context)]
    for names, diff in _diffs(nodes):
        rows += [BLANK_ROW, *_render_diff(names, diff, len(nodes), context)]
    return rows


def _missing_plan_text(state: WorkflowState) -> str:
    if state.conf is None:
        return "There is no corosync.conf yet. The step Configuration makes one."
    if state.busy:
        return "The plan is being made."
    return "There is no plan yet. r makes one: it compares the nodes with the configuration and changes nothing."


def _render_refusal(refusal: object, context: RenderContext) -> list[Row]:
    if not isinstance(refusal, Mapping):
        return []
    node = f"{refusal.get('node')}: " if refusal.get("node") else ""
    first = StyledLine((context.glyphs.failed, "broken"), " ")
    rows = [Row(line) for line in wrap_text(f"{node}{refusal.get('what', '')}", context.width, prefix=first, indent=2)]
    if refusal.get("next"):
        rows += context.note(str(refusal["next"]), indent=2)
    return rows


def _render_node_table(nodes: Sequence[Mapping[str, object]], context: RenderContext) -> list[Row]:
    if not nodes:
        return []
    widths = fit_widths([max([4, *(len(str(n.get("name"))) for n in nodes)]), 10, 10, 8, 9, 7], context.width)
    rows = [Row(table_row(["node", "corosync", "authkey", "conf", "service", "at boot"], widths).styled("context"))]
    for node in nodes:
        cells: list[StyledLine | str] = [str(node.get("name", "")), _render_version(node)]
        cells += [_render_action(kind, node.get(kind)) for kind in ("key", "conf", "start")]
        cells.append(StyledLine(("enable", "accent")) if node.get("enable") else StyledLine(("as is", "context")))
        rows.append(Row(table_row(cells, widths)))
    return rows


def _render_version(node: Mapping[str, object]) -> StyledLine:
    if node.get("install"):
        return StyledLine(("install", "accent"))
    return StyledLine((str(node.get("corosync", "")), "context"))


def _render_action(kind: str, value: object) -> StyledLine:
    word = _ACTION_LABELS[kind].get(str(value), str(value))
    idle = str(value) in ("none", "keep")
    return StyledLine((word, "context" if idle else "accent"))


def _diffs(nodes: Sequence[Mapping[str, object]]) -> list[tuple[list[str], str]]:
    """Each different diff with the names of the nodes it is for, in the order of the nodes."""
    seen: dict[str, list[str]] = {}
    for node in nodes:
        diff = str(node.get("diff", ""))
        if diff:
            seen.setdefault(diff, []).append(str(node.get("name", "")))
    return [(names, diff) for diff, names in seen.items()]


def _render_diff(names: list[str], diff: str, node_count: int, context: RenderContext) -> list[Row]:
    where = f"all {node_count} nodes" if len(names) == node_count and node_count > 1 else ", ".join(names)
    rows = [Row(StyledLine(("corosync.conf", "strong"), f" on {where}").truncate(context.width))]
    for text in diff.splitlines():
        style: StyleName = "accent" if text.startswith("+") else "context"
        rows.append(Row(StyledLine((text.expandtabs(4), style)).truncate(context.width)))
    return rows
