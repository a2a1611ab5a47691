"""Versions of corosync, as far as they read corosync.conf differently."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from corotui.errors import UsageError

_FORM = re.compile(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:\.x)?(?:[-+~.].*)?")
_MAIN = (9999, 0, 0)


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A release as numbers; `Version(9999)` is the development branch, called "main". Versions can be compared."""

    major: int
    minor: int = 0
    patch: int = 0

    @property
    def grammar(self) -> int:
        """1, 2 or 3: which of the three grammars holds."""
        return min(self.major, 3)

    @property
    def is_main(self) -> bool:
        return self.major == _MAIN[0]

    def __str__(self) -> str:
        return "main" if self.is_main else f"{self.major}.{self.minor}.{self.patch}"


@lru_cache(maxsize=64)
def parse_version(text: str) -> Version:
    """`"3.1.7"`, `"2.4.6-9.el7"`, `"1.4"` or `"main"`. "2.4", "2.4.x" and "2.x" mean the last release of that name.

    UsageError when it is none of these. 2.99 was the preview of 3.0 and is read as it.
    """
    if text == "main":
        return Version(*_MAIN)
    found = _FORM.fullmatch(text.strip().removeprefix("v"))
    if not found or not 1 <= int(found[1]) <= 3:
        raise UsageError(
            f"{text!r} is no version of corosync that is known here",
            next_step="Give one like 3.1.7, 2.4.6, 1.4 or main.",
        )
    major = int(found[1])
    minor = int(found[2]) if found[2] else _LAST_MINOR[major]
    if (major, minor) == (2, 99):
        return Version(3)
    point = int(found[3]) if found[3] else _LAST.get((major, minor), 0)
    return Version(major, minor, point)


_LAST_MINOR = {1: 4, 2: 4, 3: 1}
_LAST = {(1, 4): 10, (2, 0): 3, (2, 1): 0, (2, 2): 0, (2, 3): 6, (2, 4): 6, (3, 0): 4, (3, 1): 10}
