"""Renders the Review step: what the rollout does on each node, and what changes in its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from corotui.cluster.text.bounded import lines_of
from corotui.console.render.context import BLANK_ROW, RenderContext
from corotui.console.render.layout import Row, StyledLine, StyleName, fit_widths, table_row, wrap_text
from corotui.rollout.model import ConfAction, KeyAction, NodePlan, Refusal, ServiceAction
from corotui.workflow.state import WorkflowState

_Action = TypeVar("_Action", KeyAction, ConfAction, ServiceAction)

_KEY_LABELS = {
    KeyAction.NONE: "not needed",
    KeyAction.KEEP: "keep",
    KeyAction.CREATE: "make",
    KeyAction.COPY: "copy",
}
_CONF_LABELS = {ConfAction.KEEP: "keep", ConfAction.WRITE: "write"}
_SERVICE_LABELS = {
    ServiceAction.NONE: "runs",
    ServiceAction.START: "start",
    ServiceAction.RESTART: "restart",
    ServiceAction.RELOAD: "reload",
}
_NO_CHANGE = (KeyAction.NONE, KeyAction.KEEP, ConfAction.KEEP, ServiceAction.NONE)


def render_review(state: WorkflowState, context: RenderContext) -> list[Row]:
    """Renders the plan: sentences, refusals, warnings, a table of the nodes, and each different diff of the file."""
    plan = state.plan
    if plan is None:
        return context.note(_missing_plan_text(state), style="")
    rows: list[Row] = []
    for sentence in plan.summary:
        rows += context.note(sentence, style="")
    if plan.is_empty and not rows:
        rows += context.note("The nodes are as the configuration says. There is nothing to change.", style="")
    for refusal in plan.refusals:
        rows += _render_refusal(refusal, context)
    for warning in plan.warnings:
        lines = wrap_text(warning, context.width, prefix=StyledLine((context.glyphs.needs, "needs"), " "), indent=2)
        rows += [Row(line) for line in lines]
    rows += [BLANK_ROW, *_render_node_table(plan.nodes, context)]
    for diff, names in plan.diffs().items():
        rows += [BLANK_ROW, *_render_diff(names, diff, len(plan.nodes), context)]
    return rows


def _missing_plan_text(state: WorkflowState) -> str:
    if state.conf is None:
        return "There is no corosync.conf yet. Make one in the step Configuration."
    if state.busy:
        return "The plan is being made."
    return "There is no plan yet. r makes one. It compares the nodes with the configuration and changes nothing."


def _render_refusal(refusal: Refusal, context: RenderContext) -> list[Row]:
    first = StyledLine((context.glyphs.failed, "broken"), " ")
    rows = [Row(line) for line in wrap_text(refusal.sentence, context.width, prefix=first, indent=2)]
    if refusal.next_step:
        rows += context.note(refusal.next_step, indent=2)
    return rows


def _render_node_table(nodes: Sequence[NodePlan], context: RenderContext) -> list[Row]:
    if not nodes:
        return []
    widths = fit_widths([max([4, *(len(node.name) for node in nodes)]), 10, 10, 8, 9, 7], context.width)
    rows = [Row(table_row(["node", "corosync", "authkey", "conf", "service", "at boot"], widths).styled("context"))]
    for node in nodes:
        cells: list[StyledLine | str] = [
            node.name,
            _render_version(node),
            _render_action(node.key_action, _KEY_LABELS),
            _render_action(node.conf_action, _CONF_LABELS),
            _render_action(node.service_action, _SERVICE_LABELS),
            StyledLine(("enable", "accent")) if node.enable else StyledLine(("as is", "context")),
        ]
        rows.append(Row(table_row(cells, widths)))
    return rows


def _render_version(node: NodePlan) -> StyledLine:
    return StyledLine(("install", "accent")) if node.needs_install else StyledLine((node.version, "context"))


def _render_action(action: _Action, labels: Mapping[_Action, str]) -> StyledLine:
    return StyledLine((labels[action], "context" if action in _NO_CHANGE else "accent"))


def _render_diff(names: Sequence[str], diff: str, node_count: int, context: RenderContext) -> list[Row]:
    where = f"all {node_count} nodes" if len(names) == node_count and node_count > 1 else ", ".join(names)
    rows = [Row(StyledLine(("corosync.conf", "strong"), f" on {where}").truncate(context.width))]
    for text in lines_of(diff):
        style: StyleName = "accent" if text.startswith("+") else "context"
        rows.append(Row(StyledLine((text.expandtabs(4), style)).truncate(context.width)))
    return rows
