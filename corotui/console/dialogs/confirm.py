"""Before something is done: what will run, where, and what it means."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.console.dialogs.sheet import Sheet
from corotui.console.paint.frame import BLANK, Frame
from corotui.console.paint.line import Line, Row, wrapped
from corotui.console.surface import Surface
from corotui.console.widgets.choices import Choice
from corotui.console.words import names

Commands = Sequence[tuple[str, str]]


def grouped(commands: Commands) -> list[tuple[tuple[str, ...], str]]:
    """(node, command) pairs as (nodes, command): a command that runs on several nodes stands once."""
    seen: dict[str, list[str]] = {}
    for node, command in commands:
        seen.setdefault(command, []).append(node)
    return [(tuple(nodes), command) for command, nodes in seen.items()]


class Confirm(Sheet[bool]):
    """`deed` says what happens ("Install corosync on 3 nodes"); `words` what it means, a sentence per line."""

    def __init__(
        self, surface: Surface, deed: str, *, words: str = "", commands: Commands = (), nodes: int = 0
    ) -> None:
        super().__init__(surface)
        self._deed = deed
        self._words = words
        self._commands = commands
        self._everybody = nodes

    def heading(self) -> str:
        return self._deed

    def body(self, frame: Frame) -> Sequence[Row]:
        rows = [row for text in self._words.splitlines() if text.strip() for row in frame.note(text, style="")]
        groups = grouped(self._commands)
        if rows and groups:
            rows.append(BLANK)
        labels = [names(nodes, self._everybody) for nodes, _ in groups]
        column = min(max(map(len, labels), default=0), 24)
        for label, (_, command) in zip(labels, groups, strict=True):
            for number, text in enumerate(command.splitlines() or [""]):
                head = Line(label if number == 0 else "").pad(column)
                first = Line(head, ("  $ " if number == 0 else "    ", "context"))
                rows += [Row(line) for line in wrapped(text, frame.width, first=first, hang=column + 4)]
        return rows

    def choices(self) -> Sequence[Choice]:
        return (Choice("n", "not now", "no"), Choice("y", self._deed, "yes"))

    def taken(self, value: str) -> None:
        self.answer(value == "yes")
