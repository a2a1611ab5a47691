"""Text that was typed and not saved yet, kept in the cluster directory so that a lost terminal loses nothing."""

from __future__ import annotations

import contextlib
from pathlib import Path

from corotui.directory.atomic_files import replace_file


class Draft:
    """A file beside state.db. Writing it may fail (a full disk): the editor goes on without."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / "draft.conf"

    def read(self) -> bytes | None:
        """The text of the last session, None where there is none."""
        try:
            return self._path.read_bytes()
        except OSError:
            return None

    def write(self, data: bytes) -> None:
        """Keeps the text."""
        with contextlib.suppress(OSError):
            replace_file(self._path, data, mode=0o600, durable=False)

    def clear(self) -> None:
        """There is nothing unsaved any more."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)
