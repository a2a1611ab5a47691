"""The Nodes step."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.cluster.model import Node
from corotui.console.dialogs.node_form import NodeForm
from corotui.console.key_bindings import KeyBinding
from corotui.console.panes.base import StepPane
from corotui.console.render.context import RenderContext
from corotui.console.render.layout import Row
from corotui.console.render.panes.nodes import render_nodes
from corotui.console.render.row_ids import NodeRow
from corotui.errors import CorotuiError
from corotui.workflow.state import Step, WorkflowState


class NodesPane(StepPane):
    """Adds, changes and removes nodes. Enter connects to them."""

    step = Step.NODES

    def render_rows(self, state: WorkflowState, context: RenderContext) -> Sequence[Row]:
        return render_nodes(state, context)

    def key_bindings(self, state: WorkflowState) -> Sequence[KeyBinding]:
        reason = self.disabled_reason(state)
        no_node = "" if state.cluster.nodes else "There is no node yet."
        return (
            KeyBinding("a", "add node", self._add_node, reason),
            self.discover_key(state, unavailable=no_node),
            KeyBinding("e", "change", self._change_node, reason or no_node, "change how ssh reaches the selected node"),
            KeyBinding(
                "x", "remove", self._remove_node, reason or no_node, "remove the selected node from cluster.toml; asks"
            ),
        )

    def _add_node(self) -> None:
        nodes = self.state.cluster.nodes
        form = NodeForm(self.style_context, self._save_new, template=nodes[-1] if nodes else None, editing=False)
        self.console.push_dialog(form)

    def _change_node(self) -> None:
        node = self._selected_node()
        if node is not None:
            form = NodeForm(
                self.style_context, lambda changed: self._save_changed(node, changed), template=node, editing=True
            )
            self.console.push_dialog(form)

    def _remove_node(self) -> None:
        node = self._selected_node()
        if node is None:
            return
        text = f"{node.name} is removed from cluster.toml. Nothing changes on the node itself."
        self.console.confirm(f"Remove {node.name}", lambda: self._save_removed(node), text=text)

    def _selected_node(self) -> Node | None:
        return next((node for node in self.state.cluster.nodes if NodeRow(node.name) == self.selected), None)

    def _save_new(self, node: Node) -> str:
        workflow = self.console.workflow
        try:
            workflow.add_node(node)
        except CorotuiError as error:
            return str(error)
        self.console.push_undo(f"{node.name} was added", lambda: workflow.remove_node(node.name))
        self.row_list.select(NodeRow(node.name))
        return ""

    def _save_changed(self, old: Node, new: Node) -> str:
        workflow = self.console.workflow
        try:
            workflow.replace_node(old.name, new)
        except CorotuiError as error:
            return str(error)
        self.console.push_undo(f"{old.name} was changed", lambda: workflow.replace_node(new.name, old))
        return ""

    def _save_removed(self, node: Node) -> None:
        workflow = self.console.workflow
        if self.console.attempt(lambda: workflow.remove_node(node.name)):
            self.console.push_undo(f"{node.name} was removed", lambda: workflow.add_node(node))
