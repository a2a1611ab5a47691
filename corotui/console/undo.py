"""The changes to the cluster directory that `u` can undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UndoableChange:
    """A change of this session."""

    description: str
    """What was done; completes "Undone: ..." ("node2 was removed")."""
    revert: Callable[[], object]
    """Takes it back. May raise a CorotuiError."""


class UndoStack:
    """The changes to the cluster directory since the console was opened, the newest last."""

    def __init__(self) -> None:
        self._changes: list[UndoableChange] = []

    def push(self, description: str, revert: Callable[[], object]) -> None:
        """Adds a change; see `UndoableChange`."""
        self._changes.append(UndoableChange(description, revert))

    def pop(self) -> UndoableChange | None:
        """Removes and returns the last change; None if there is none."""
        return self._changes.pop() if self._changes else None
