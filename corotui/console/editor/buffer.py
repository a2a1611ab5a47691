"""The text between the file and the editor: what was loaded, what was typed since, and what outlives the terminal."""

from __future__ import annotations

from corotui.console.editor.analysis import to_text
from corotui.console.editor.draft import Draft
from corotui.console.editor.widget import Editor

_MAX_SHOWN = 200_000  # bytes of a file that is only shown


class EditorBuffer:
    """`base`: the bytes that were loaded or saved last, None: none yet. `keepable`: the editor gives the same bytes
    back; a file for which it would not is only shown."""

    def __init__(self, editor: Editor, draft: Draft, *, readonly: bool) -> None:
        self.original: bytes | None = None
        self.round_trips = True
        self._editor = editor
        self._draft = draft
        self._readonly = readonly

    @property
    def data(self) -> bytes:
        """The text as it would be saved."""
        return self._editor.text.encode("utf-8", "surrogateescape") if self.round_trips else self.original or b""

    @property
    def modified(self) -> bool:
        """Whether the text is another than the one that was loaded."""
        return self.original is not None and self.data != self.original

    @property
    def has_text(self) -> bool:
        """Whether there is any text, be it an empty one."""
        return self.original is not None or bool(self._editor.text)

    def load(self, data: bytes) -> None:
        """Puts another file into the editor."""
        text = to_text(data)
        self.original = data
        self.round_trips = text is not None
        self._editor.read_only = text is None or self._readonly
        self._editor.load_text(text if text is not None else data[:_MAX_SHOWN].decode("latin-1"))

    def restore_draft(self) -> bool:
        """Puts the unsaved text of an earlier session into the editor; whether there was another than the base."""
        kept = self._draft.read()
        text = None if kept is None or kept == self.original else to_text(kept)
        if text is None:
            return False
        self.original = self.original or b""
        self._editor.load_text(text)
        return True

    def save_draft(self) -> None:
        """Writes what was typed beside the file, so that a lost terminal loses nothing."""
        if self.modified:
            self._draft.write(self.data)
        elif self.original is not None:
            self._draft.clear()

    def mark_saved(self, data: bytes) -> None:
        """The file holds this now."""
        self.original = data
        self._draft.clear()

    def discard(self) -> None:
        """What was typed does not count; the next file that is there will be loaded."""
        self.original = None
        self._draft.clear()
