"""Undo and redo: the files there were."""

from __future__ import annotations

from corotui.conf.document import Document


class History:
    """The file as it is now, the ones before it and the ones that were taken back. At most `depth` are kept."""

    def __init__(self, document: Document, depth: int = 1000) -> None:
        self.now = document
        self.depth = depth
        self._before: list[Document] = []
        self._after: list[Document] = []

    def push(self, document: Document) -> None:
        """A new file; what was taken back is forgotten. The same bytes again are no step."""
        if document.data == self.now.data:
            return
        self._before.append(self.now)
        del self._before[: -self.depth]
        self._after.clear()
        self.now = document

    def undo(self) -> Document:
        """The file before; the same one when there is none."""
        if self._before:
            self._after.append(self.now)
            self.now = self._before.pop()
        return self.now

    def redo(self) -> Document:
        """The file that was taken back; the same one when there is none."""
        if self._after:
            self._before.append(self.now)
            self.now = self._after.pop()
        return self.now

    @property
    def can_undo(self) -> bool:
        return bool(self._before)

    @property
    def can_redo(self) -> bool:
        return bool(self._after)
