"""The text between the file and the editor: what was loaded, what was typed since, and what outlives the terminal."""

from __future__ import annotations

from corotui.console.draft import Draft
from corotui.console.reading import to_text
from corotui.console.widgets.editor import Editor

_SHOWN = 200_000  # bytes of a file that is only shown


class Manuscript:
    """`base`: the bytes that were loaded or saved last, None: none yet. `keepable`: the editor gives the same bytes
    back; a file for which it would not is only shown."""

    def __init__(self, editor: Editor, draft: Draft, *, readonly: bool) -> None:
        self.base: bytes | None = None
        self.keepable = True
        self._editor = editor
        self._draft = draft
        self._readonly = readonly

    @property
    def data(self) -> bytes:
        """The text as it would be saved."""
        return self._editor.text.encode("utf-8", "surrogateescape") if self.keepable else self.base or b""

    @property
    def typed(self) -> bool:
        """Whether the text is another than the one that was loaded."""
        return self.base is not None and self.data != self.base

    @property
    def there(self) -> bool:
        """Whether there is any text, be it an empty one."""
        return self.base is not None or bool(self._editor.text)

    def load(self, data: bytes) -> None:
        """Puts another file into the editor."""
        text = to_text(data)
        self.base = data
        self.keepable = text is not None
        self._editor.read_only = text is None or self._readonly
        self._editor.load_text(text if text is not None else data[:_SHOWN].decode("latin-1"))

    def recover(self) -> bool:
        """Puts the unsaved text of an earlier session into the editor; whether there was another than the base."""
        kept = self._draft.read()
        text = None if kept is None or kept == self.base else to_text(kept)
        if text is None:
            return False
        self.base = self.base or b""
        self._editor.load_text(text)
        return True

    def keep(self) -> None:
        """Writes what was typed beside the file, so that a lost terminal loses nothing."""
        if self.typed:
            self._draft.write(self.data)
        elif self.base is not None:
            self._draft.clear()

    def saved(self, data: bytes) -> None:
        """The file holds this now."""
        self.base = data
        self._draft.clear()

    def forget(self) -> None:
        """What was typed does not count; the next file that is there will be loaded."""
        self.base = None
        self._draft.clear()
