"""The tree of objects that corosync 1.4 makes of its file: no section is merged with another (exec/coroparse.c)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from corotui.conf.daemon.cmap import TYPE_RANGES, leading_integer
from corotui.conf.syntax import ConfLine


@dataclass(slots=True)
class ConfObject:
    """A section, or the file as a whole."""

    name: str = ""
    """Name of the section, "" for the root."""
    line: int = 0
    """Line that opens the section."""
    keys: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Key -> its value and line; the last one holds."""
    children: list[ConfObject] = field(default_factory=list)
    """The sections inside, in the order of the file."""

    def text(self, key: str) -> str | None:
        """The value of a key, None if there is none."""
        entry = self.keys.get(key)
        return None if entry is None else entry[0]

    def number(self, key: str, default: int = 0) -> int:
        """The value of a key as atoi reads it."""
        entry = self.keys.get(key)
        return default if entry is None else leading_integer(entry[0]) & TYPE_RANGES["u32"][1]

    def line_of(self, key: str) -> int:
        """The line that sets a key; the section's own line if none does."""
        entry = self.keys.get(key)
        return self.line if entry is None else entry[1]

    def children_named(self, name: str) -> list[ConfObject]:
        """The sections of that name inside this one."""
        return [child for child in self.children if child.name == name]


def build_tree(lines: Iterable[ConfLine]) -> ConfObject:
    """The root of the tree."""
    stack = [ConfObject()]
    for line in lines:
        if line.kind == "open":
            stack[-1].children.append(ConfObject(line.key, line.number))
            stack.append(stack[-1].children[-1])
        elif line.kind == "item":
            stack[-1].keys[line.key] = (line.value, line.number)
        elif line.kind == "close":
            if len(stack) == 1:
                break
            stack.pop()
    return stack[0]
