"""Unsaved text of the editor, kept in the cluster directory so that a lost terminal loses nothing."""

from __future__ import annotations

import contextlib
from pathlib import Path

from corotui.directory.atomic_files import read_optional, replace_file
from corotui.errors import CorotuiError


class Draft:
    """The file draft.conf beside state.db. Where it cannot be written (full disk), the editor works without it."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / "draft.conf"

    def read(self) -> bytes | None:
        """The unsaved text of an earlier session, None where there is none."""
        try:
            return read_optional(self._path)
        except CorotuiError:
            return None

    def write(self, data: bytes) -> None:
        """Replaces the draft."""
        with contextlib.suppress(OSError, CorotuiError):
            replace_file(self._path, data, mode=0o600, durable=False)

    def clear(self) -> None:
        """Removes the draft."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)
