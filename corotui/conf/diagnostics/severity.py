"""How grave a diagnostic or a finding is: one scale for the file and for the nodes."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """How grave a finding is, gravest first."""

    ERROR = "error"
    """The ring does not work, or will not."""
    WARNING = "warning"
    """The ring works, with trouble ahead."""
    INFO = "info"
    """Worth knowing."""
    OK = "ok"
    """Checked, and good. Diagnostics of a file never have it."""

    @property
    def rank(self) -> int:
        """Sorts by gravity: 0 for ERROR to 3 for OK."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}
