"""Asks before something is done, and shows what will run on which nodes."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.cluster.phrasing import format_node_names
from corotui.cluster.text.bounded import lines_of
from corotui.console.dialogs.base import Dialog
from corotui.console.render.context import BLANK_ROW, RenderContext
from corotui.console.render.layout import Row, StyledLine, wrap_text
from corotui.console.style.context import StyleContext
from corotui.console.widgets.button_row import DialogButton

NodeCommands = Sequence[tuple[str, str]]
"""(name of the node, shell command) in the order in which they run."""


def group_by_command(commands: NodeCommands) -> list[tuple[tuple[str, ...], str]]:
    """Returns each different command once, with the nodes it runs on: (nodes, command)."""
    nodes_by_command: dict[str, list[str]] = {}
    for node, command in commands:
        nodes_by_command.setdefault(command, []).append(node)
    return [(tuple(nodes), command) for command, nodes in nodes_by_command.items()]


class ConfirmDialog(Dialog[bool]):
    """Asks whether to do what its title says."""

    def __init__(
        self,
        style_context: StyleContext,
        title: str,
        *,
        text: str = "",
        commands: NodeCommands = (),
        node_count: int = 0,
    ) -> None:
        """`title`: what happens ("Install corosync on 3 nodes"). `text`: what it means, a sentence per line.
        `node_count`: nodes of the cluster."""
        super().__init__(style_context)
        self._heading = title
        self._text = text
        self._commands = commands
        self._node_count = node_count

    def heading(self) -> str:
        return self._heading

    def body(self, context: RenderContext) -> Sequence[Row]:
        rows = [row for text in lines_of(self._text) if text.strip() for row in context.note(text, style="")]
        groups = group_by_command(self._commands)
        if rows and groups:
            rows.append(BLANK_ROW)
        labels = [format_node_names(nodes, self._node_count) for nodes, _ in groups]
        column = min(max(map(len, labels), default=0), 24)
        for label, (_, command) in zip(labels, groups, strict=True):
            for number, text in enumerate(lines_of(command) or [""]):
                head = StyledLine(label if number == 0 else "").pad(column)
                first = StyledLine(head, ("  $ " if number == 0 else "    ", "context"))
                rows += [Row(line) for line in wrap_text(text, context.width, prefix=first, indent=column + 4)]
        return rows

    def buttons(self) -> Sequence[DialogButton]:
        return (DialogButton("n", "not now", "no"), DialogButton("y", self._heading, "yes"))

    def choose(self, value: str) -> None:
        self.answer(value == "yes")
