"""What `u` takes back: the changes of this session to the cluster directory."""

from __future__ import annotations

from collections.abc import Callable


class UndoStack:
    """A stack of (what was done, how to take it back)."""

    def __init__(self) -> None:
        self._changes: list[tuple[str, Callable[[], object]]] = []

    def push(self, description: str, revert: Callable[[], object]) -> None:
        """`words` completes "Undone: " ("node2 was removed")."""
        self._changes.append((description, revert))

    def pop(self) -> tuple[str, Callable[[], object]] | None:
        """The last change, which then counts as taken back; None where there is none."""
        return self._changes.pop() if self._changes else None
