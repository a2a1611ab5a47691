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
from corotui.errors import CorotuiError
from corotui.workflow.state import Step, WorkflowState


class NodesPane(StepPane):
    """Add, change and remove nodes; connect to them."""

    step = Step.NODES

    def render_rows(self, state: WorkflowState, context: RenderContext) -> Sequence[Row]:
        return render_nodes(state, context)

    def key_bindings(self, state: WorkflowState) -> Sequence[KeyBinding]:
        why = self.disabled_reason(state)
        none = "" if state.cluster.nodes else "There is no node yet."
        return (
            KeyBinding("a", "add node", "add", why),
            KeyBinding(
                "r",
                "ask again",
                "look",
                self.disabled_reason(state, changes=False) or none,
                "connect and ask all nodes again",
            ),
            KeyBinding("e", "change", "edit", why or none, "change how the node under the cursor is reached"),
            KeyBinding(
                "x", "remove", "remove", why or none, "take the node under the cursor out of cluster.toml; asks"
            ),
        )

    def do_add(self) -> None:
        nodes = self.state.cluster.nodes
        form = NodeForm(self.style_context, self._add, template=nodes[-1] if nodes else None, editing=False)
        self.console_app.push_screen(form)

    def do_edit(self) -> None:
        node = self._selected_node()
        if node is not None:
            self.console_app.push_screen(NodeForm(self.style_context, self._replace(node), template=node, editing=True))

    def do_look(self) -> None:
        self.console_app.discover()

    def do_remove(self) -> None:
        node = self._selected_node()
        if node is None:
            return
        words = f"{node.name} leaves cluster.toml. Nothing is done on the node itself."
        self.console_app.confirm(f"Remove {node.name}", lambda: self._remove(node), text=words)

    def _selected_node(self) -> Node | None:
        name = self.selected.partition(":")[2]
        return next((node for node in self.state.cluster.nodes if node.name == name), None)

    def _add(self, node: Node) -> str:
        try:
            self.console_app.workflow.add_node(node)
        except CorotuiError as error:
            return str(error)
        self.console_app.push_undo(f"{node.name} was added", lambda: self.console_app.workflow.remove_node(node.name))
        self.row_list.select_key(f"node:{node.name}")
        return ""

    def _remove(self, node: Node) -> None:
        workflow = self.console_app.workflow
        if self.console_app.attempt(lambda: workflow.remove_node(node.name)):
            self.console_app.push_undo(f"{node.name} was removed", lambda: workflow.add_node(node))

    def _replace(self, old: Node) -> NodeReplacement:
        return NodeReplacement(self, old)


class NodeReplacement:
    """Puts a node in the place of another; the other comes back when that is refused."""

    def __init__(self, pane: NodesPane, old: Node) -> None:
        self._pane = pane
        self._old = old

    def __call__(self, node: Node) -> str:
        workflow = self._pane.console_app.workflow
        try:
            workflow.remove_node(self._old.name)
            try:
                workflow.add_node(node)
            except CorotuiError:
                workflow.add_node(self._old)
                raise
        except CorotuiError as error:
            return str(error)
        self._pane.console_app.push_undo(f"{self._old.name} was changed", lambda: self._revert(node.name))
        return ""

    def _revert(self, name: str) -> None:
        workflow = self._pane.console_app.workflow
        workflow.remove_node(name)
        workflow.add_node(self._old)
