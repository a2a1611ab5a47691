"""Versions of corosync, as far as they behave differently. Every comparison of versions in corotui happens here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from corotui.errors import UsageError

_FORM = re.compile(r"(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:\.\d+)*(?:\.x)?(?:[-+~].*)?")
_MAIN = (9999, 0, 0)
_LAST_MINOR = {1: 4, 2: 4, 3: 1}
_LAST_PATCH = {(1, 4): 10, (2, 0): 3, (2, 1): 0, (2, 2): 0, (2, 3): 6, (2, 4): 6, (3, 0): 4, (3, 1): 10}


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A release as numbers; `Version(9999)` is the development branch, called "main". Versions can be compared."""

    major: int
    """First number of the release."""
    minor: int = 0
    """Second number."""
    patch: int = 0
    """Third number."""

    @property
    def grammar(self) -> int:
        """1, 2 or 3: which of the three grammars holds."""
        return min(self.major, 3)

    @property
    def is_main(self) -> bool:
        """Whether this is the development branch."""
        return self.major == _MAIN[0]

    @property
    def series(self) -> str:
        """The series: "3.1" for 3.1.7, "main" for the development branch."""
        return "main" if self.is_main else f"{self.major}.{self.minor}"

    @property
    def has_config_test(self) -> bool:
        """Whether `corosync -t` exists: 2.3.4 and later (exec/main.c)."""
        return self >= _CONFIG_TEST_SINCE

    def __str__(self) -> str:
        return "main" if self.is_main else f"{self.major}.{self.minor}.{self.patch}"


_CONFIG_TEST_SINCE = Version(2, 3, 4)


@lru_cache(maxsize=64)
def parse_version(text: str) -> Version:
    """`"3.1.7"`, `"2.4.6-9.el7"`, `"1.4"` or `"main"`. "2.4", "2.4.x" and "2.x" mean the last release of that name.

    2.99 was the preview of 3.0 and is read as it. Raises UsageError for anything else, also for series 4 and later.
    """
    version = version_or_none(text)
    if version is None or not (version.is_main or 1 <= version.major <= 3):
        raise UsageError(
            f"{text!r} is no version of corosync that is known here",
            next_step="Give one like 3.1.7, 2.4.6, 1.4 or main.",
        )
    return version


@lru_cache(maxsize=64)
def version_or_none(text: str) -> Version | None:
    """The version that a node or a file names, of any series; None where the text is none. Never raises."""
    if text == "main":
        return Version(*_MAIN)
    match = _FORM.fullmatch(text.strip().removeprefix("v"))
    if not match:
        return None
    major = int(match[1])
    minor = int(match[2]) if match[2] else _LAST_MINOR.get(major, 0)
    if (major, minor) == (2, 99):
        return Version(3)
    return Version(major, minor, int(match[3]) if match[3] else _LAST_PATCH.get((major, minor), 0))
