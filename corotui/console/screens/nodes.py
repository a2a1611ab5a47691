"""The Nodes step."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.cluster.model import Node
from corotui.console.dialogs.node import NodeForm
from corotui.console.keys import Key
from corotui.console.paint.frame import Frame
from corotui.console.paint.line import Row
from corotui.console.paint.nodes import nodes_page
from corotui.console.screens.pane import StepPane
from corotui.errors import CorotuiError
from corotui.walk.model import Picture, Step


class NodesPane(StepPane):
    """Add, change and remove nodes; connect to them."""

    step = Step.NODES

    def rows(self, picture: Picture, frame: Frame) -> Sequence[Row]:
        return nodes_page(picture, frame)

    def keys(self, picture: Picture) -> Sequence[Key]:
        why = self.why_not(picture)
        none = "" if picture.cluster.nodes else "There is no node yet."
        return (
            Key("a", "add node", "add", why),
            Key(
                "r",
                "ask again",
                "look",
                self.why_not(picture, changes=False) or none,
                "connect and ask all nodes again",
            ),
            Key("e", "change", "edit", why or none, "change how the node under the cursor is reached"),
            Key("x", "remove", "remove", why or none, "take the node under the cursor out of cluster.toml; asks"),
        )

    def do_add(self) -> None:
        nodes = self.picture.cluster.nodes
        form = NodeForm(self.surface, self._add, like=nodes[-1] if nodes else None, editing=False)
        self.console_app.push_screen(form)

    def do_edit(self) -> None:
        node = self._node()
        if node is not None:
            self.console_app.push_screen(NodeForm(self.surface, self._replace(node), like=node, editing=True))

    def do_look(self) -> None:
        self.console_app.look()

    def do_remove(self) -> None:
        node = self._node()
        if node is None:
            return
        words = f"{node.name} leaves cluster.toml. Nothing is done on the node itself."
        self.console_app.confirm(f"Remove {node.name}", lambda: self._remove(node), words=words)

    def _node(self) -> Node | None:
        name = self.selected.partition(":")[2]
        return next((node for node in self.picture.cluster.nodes if node.name == name), None)

    def _add(self, node: Node) -> str:
        try:
            self.console_app.walk.add_node(node)
        except CorotuiError as error:
            return str(error)
        self.console_app.undoable(f"{node.name} was added", lambda: self.console_app.walk.remove_node(node.name))
        self.page.select(f"node:{node.name}")
        return ""

    def _remove(self, node: Node) -> None:
        walk = self.console_app.walk
        if self.console_app.attempt(lambda: walk.remove_node(node.name)):
            self.console_app.undoable(f"{node.name} was removed", lambda: walk.add_node(node))

    def _replace(self, old: Node) -> Replace:
        return Replace(self, old)


class Replace:
    """Puts a node in the place of another; the other comes back when that is refused."""

    def __init__(self, pane: NodesPane, old: Node) -> None:
        self._pane = pane
        self._old = old

    def __call__(self, node: Node) -> str:
        walk = self._pane.console_app.walk
        try:
            walk.remove_node(self._old.name)
            try:
                walk.add_node(node)
            except CorotuiError:
                walk.add_node(self._old)
                raise
        except CorotuiError as error:
            return str(error)
        self._pane.console_app.undoable(f"{self._old.name} was changed", lambda: self._back(node.name))
        return ""

    def _back(self, name: str) -> None:
        walk = self._pane.console_app.walk
        walk.remove_node(name)
        walk.add_node(self._old)
