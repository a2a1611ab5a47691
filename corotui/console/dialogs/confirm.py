"""Before something is done: what will run, where, and what it means."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.cluster.phrasing import format_node_names
from corotui.console.dialogs.base import Dialog
from corotui.console.render.context import BLANK_ROW, RenderContext
from corotui.console.render.layout import Row, StyledLine, wrap_text
from corotui.console.style.context import StyleContext
from corotui.console.widgets.button_row import DialogButton

NodeCommands = Sequence[tuple[str, str]]


def group_by_command(commands: NodeCommands) -> list[tuple[tuple[str, ...], str]]:
    """(node, command) pairs as (nodes, command): a command that runs on several nodes stands once."""
    seen: dict[str, list[str]] = {}
    for node, command in commands:
        seen.setdefault(command, []).append(node)
    return [(tuple(nodes), command) for command, nodes in seen.items()]


class ConfirmDialog(Dialog[bool]):
    """`deed` says what happens ("Install corosync on 3 nodes"); `words` what it means, a sentence per line."""

    def __init__(
        self,
        style_context: StyleContext,
        title: str,
        *,
        text: str = "",
        commands: NodeCommands = (),
        node_count: int = 0,
    ) -> None:
        super().__init__(style_context)
        self._heading = title
        self._text = text
        self._commands = commands
        self._node_count = node_count

    def heading(self) -> str:
        return self._heading

    def body(self, context: RenderContext) -> Sequence[Row]:
        rows = [row for text in self._text.splitlines() if text.strip() for row in context.note(text, style="")]
        groups = group_by_command(self._commands)
        if rows and groups:
            rows.append(BLANK_ROW)
        labels = [format_node_names(nodes, self._node_count) for nodes, _ in groups]
        column = min(max(map(len, labels), default=0), 24)
        for label, (_, command) in zip(labels, groups, strict=True):
            for number, text in enumerate(command.splitlines() or [""]):
                head = StyledLine(label if number == 0 else "").pad(column)
                first = StyledLine(head, ("  $ " if number == 0 else "    ", "context"))
                rows += [Row(line) for line in wrap_text(text, context.width, prefix=first, indent=column + 4)]
        return rows

    def buttons(self) -> Sequence[DialogButton]:
        return (DialogButton("n", "not now", "no"), DialogButton("y", self._heading, "yes"))

    def choose(self, value: str) -> None:
        self.answer(value == "yes")
