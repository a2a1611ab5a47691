"""The tree of objects that corosync 1.4 makes of its file: no section is merged with another (exec/coroparse.c)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from corotui.conf.daemon.cmap import RANGES, leading_integer
from corotui.conf.syntax import Line


@dataclass(slots=True)
class Object:
    """`keys` maps a key to its value and line, the last one holds; `inside` is in the order of the file."""

    name: str = ""
    line: int = 0
    keys: dict[str, tuple[str, int]] = field(default_factory=dict)
    inside: list[Object] = field(default_factory=list)

    def text(self, key: str) -> str | None:
        """The value of a key, None when there is none."""
        found = self.keys.get(key)
        return None if found is None else found[0]

    def number(self, key: str, default: int = 0) -> int:
        """What atoi makes of a value."""
        found = self.keys.get(key)
        return default if found is None else leading_integer(found[0]) & RANGES["u32"][1]

    def line_of(self, key: str) -> int:
        """Where a key is set; the section's own line where it is not."""
        found = self.keys.get(key)
        return self.line if found is None else found[1]

    def named(self, name: str) -> list[Object]:
        """The sections of that name inside this one."""
        return [one for one in self.inside if one.name == name]


def build(lines: Iterable[Line]) -> Object:
    """The root of the tree."""
    stack = [Object()]
    for line in lines:
        if line.kind == "open":
            stack[-1].inside.append(Object(line.key, line.number))
            stack.append(stack[-1].inside[-1])
        elif line.kind == "item":
            stack[-1].keys[line.key] = (line.value, line.number)
        elif line.kind == "close":
            if len(stack) == 1:
                break
            stack.pop()
    return stack[0]
