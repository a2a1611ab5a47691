"""The tree of objects that corosync 1.4 makes of its file: no section is merged with another (exec/coroparse.c)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from corotui.conf.daemon.cmap import TYPE_RANGES, leading_integer
from corotui.conf.syntax import ConfLine


@dataclass(slots=True)
class ConfObject:
    """`keys` maps a key to its value and line, the last one holds; `inside` is in the order of the file."""

    name: str = ""
    line: int = 0
    keys: dict[str, tuple[str, int]] = field(default_factory=dict)
    children: list[ConfObject] = field(default_factory=list)

    def text(self, key: str) -> str | None:
        """The value of a key, None when there is none."""
        found = self.keys.get(key)
        return None if found is None else found[0]

    def number(self, key: str, default: int = 0) -> int:
        """What atoi makes of a value."""
        found = self.keys.get(key)
        return default if found is None else leading_integer(found[0]) & TYPE_RANGES["u32"][1]

    def line_of(self, key: str) -> int:
        """Where a key is set; the section's own line where it is not."""
        found = self.keys.get(key)
        return self.line if found is None else found[1]

    def children_named(self, name: str) -> list[ConfObject]:
        """The sections of that name inside this one."""
        return [one for one in self.children if one.name == name]


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
