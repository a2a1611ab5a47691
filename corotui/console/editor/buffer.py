"""The text in the editor beside the file it came from, and the draft that survives a lost terminal."""

from __future__ import annotations

from corotui.console.editor.analysis import to_text
from corotui.console.editor.draft import Draft
from corotui.console.editor.widget import Editor

_MAX_SHOWN = 200_000  # bytes of a file that is only shown


class EditorBuffer:
    """Loads corosync.conf into the editor and says what became of it there."""

    def __init__(self, editor: Editor, draft: Draft, *, readonly: bool) -> None:
        self.original: bytes | None = None
        """The bytes that were loaded or saved last, None before the first."""
        self.round_trips = True
        """Whether the editor gives the loaded bytes back unchanged. A file for which it does not is only shown."""
        self._editor = editor
        self._draft = draft
        self._readonly = readonly

    @property
    def data(self) -> bytes:
        """The bytes that saving writes."""
        return self._editor.text.encode("utf-8", "surrogateescape") if self.round_trips else self.original or b""

    @property
    def modified(self) -> bool:
        """Whether the text differs from what was loaded or saved last."""
        return self.original is not None and self.data != self.original

    @property
    def has_text(self) -> bool:
        """Whether a file was loaded, even an empty one, or something was typed."""
        return self.original is not None or bool(self._editor.text)

    def load(self, data: bytes) -> None:
        """Replaces the text in the editor by a file."""
        text = to_text(data)
        self.original = data
        self.round_trips = text is not None
        self._editor.read_only = text is None or self._readonly
        self._editor.load_text(text if text is not None else data[:_MAX_SHOWN].decode("latin-1"))

    def restore_draft(self) -> bool:
        """Loads the unsaved text of an earlier session. Returns whether there was one that differs from the file."""
        draft = self._draft.read()
        text = None if draft is None or draft == self.original else to_text(draft)
        if text is None:
            return False
        self.original = self.original or b""
        self._editor.load_text(text)
        return True

    def save_draft(self) -> None:
        """Writes unsaved text to the draft; removes the draft where there is none."""
        if self.modified:
            self._draft.write(self.data)
        elif self.original is not None:
            self._draft.clear()

    def mark_saved(self, data: bytes) -> None:
        """Takes these bytes as what the file holds now."""
        self.original = data
        self._draft.clear()

    def discard(self) -> None:
        """Forgets what was typed, so that the next file can be loaded."""
        self.original = None
        self._draft.clear()
