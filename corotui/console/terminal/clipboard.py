"""Yanking: to the terminal's clipboard by OSC 52, and always to a file, because nothing says whether it arrived."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from corotui.console.activity_log import LogEntry
from corotui.console.style.formatting import format_size

MAX_PAYLOAD = 74_994  # bytes of base64 that terminals are known to take


def osc52_sequence(text: str, environ: Mapping[str, str]) -> str:
    """The escape sequence that asks the terminal to take `text`, "" when it is too long. Within screen it is wrapped
    so that it reaches the terminal outside; tmux takes it by itself (`set-clipboard on`)."""
    payload = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
    if len(payload) > MAX_PAYLOAD:
        return ""
    plain = f"\x1b]52;c;{payload}\x07"
    return f"\x1bP{plain}\x1b\\" if environ.get("TERM", "").startswith("screen") and "TMUX" not in environ else plain


def write_private(text: str, path: Path) -> str:
    """Writes the text to a file that only its owner reads; "" or why it could not be written."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(text if text.endswith("\n") else text + "\n")
    except OSError as error:
        return error.strerror or str(error)
    return ""


class Clipboard:
    """`write` sends a sequence to the terminal; `state` is the folder for the files. Answers what to say."""

    def __init__(self, write: Callable[[str], None], state_dir: Path) -> None:
        self._write = write
        self._state_dir = state_dir

    def copy(self, text: str, description: str) -> str:
        """To the terminal and to a file. That it was sent is all that is known of the terminal's clipboard."""
        sent = osc52_sequence(text, os.environ)
        if sent:
            self._write(sent)
        length = format_size(len(text.encode("utf-8", "replace")))
        words = (
            f"Sent to the terminal: {description}, {length}."
            if sent
            else f"Too long for a clipboard: {description}, {length}."
        )
        failed = write_private(text, self._state_dir / "yanked.txt")
        place = f"{self._state_dir.name}/yanked.txt"
        return f"{words} {place} could not be written: {failed}." if failed else f"{words} It is in {place}, too."

    def save_log(self, entries: Sequence[LogEntry]) -> str:
        """The log as a file: time, nodes, the whole command."""
        lines = [
            f"{entry.timestamp:.3f} {','.join(entry.nodes)} {entry.full_command or entry.text}" for entry in entries
        ]
        failed = write_private("\n".join(lines), self._state_dir / "log.txt")
        place = f"{self._state_dir.name}/log.txt"
        return f"{place} could not be written: {failed}." if failed else f"The log is in {place}."
