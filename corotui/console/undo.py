"""What `u` takes back: the changes of this session to the cluster directory."""

from __future__ import annotations

from collections.abc import Callable


class Undo:
    """A stack of (what was done, how to take it back)."""

    def __init__(self) -> None:
        self._done: list[tuple[str, Callable[[], object]]] = []

    def remember(self, words: str, back: Callable[[], object]) -> None:
        """`words` completes "Undone: " ("node2 was removed")."""
        self._done.append((words, back))

    def take(self) -> tuple[str, Callable[[], object]] | None:
        """The last change, which then counts as taken back; None where there is none."""
        return self._done.pop() if self._done else None
