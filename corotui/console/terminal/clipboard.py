"""Copying by OSC 52, the only way from a remote machine to the clipboard of the operator's terminal.

No terminal confirms it, so everything that is copied also goes to a file.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from corotui.cluster.text.outgoing import outgoing_text
from corotui.console.activity_log import LogEntry
from corotui.console.style.formatting import format_size
from corotui.directory.atomic_files import os_error_text, replace_file
from corotui.errors import UntrustedFileError

MAX_PAYLOAD = 74_994
"""Bytes of base64 that terminals are known to take in one sequence."""


def osc52_sequence(text: str, environ: Mapping[str, str]) -> str:
    """The escape sequence that puts text into the terminal's clipboard, "" where the text is too long for one.

    screen passes only wrapped sequences on. tmux takes the sequence itself (`set-clipboard on`).
    """
    payload = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
    if len(payload) > MAX_PAYLOAD:
        return ""
    plain = f"\x1b]52;c;{payload}\x07"
    return f"\x1bP{plain}\x1b\\" if environ.get("TERM", "").startswith("screen") and "TMUX" not in environ else plain


class Clipboard:
    """Copies text and saves the log. Each method returns the sentence that tells the operator how it went."""

    def __init__(self, write: Callable[[str], None], state_dir: Path) -> None:
        self._write = write  # sends a control sequence to the terminal
        self._state_dir = state_dir

    def copy(self, text: str, description: str) -> str:
        """Sends text to the terminal and writes it to a file. `description` names it: "the item".

        The text is made visible: pasted into a shell, a control character would be obeyed there.
        """
        text = outgoing_text(text)
        sequence = osc52_sequence(text, os.environ)
        if sequence:
            self._write(sequence)
        size = format_size(len(text.encode("utf-8", "replace")))
        result = "Sent to the terminal" if sequence else "Too long for a clipboard"
        return f"{result}: {description}, {size}. {self._save('yanked.txt', text, 'It is in {}, too.')}"

    def save_log(self, entries: Sequence[LogEntry]) -> str:
        """Writes the log to a file: per entry the time (Unix seconds), the nodes and the whole command."""
        lines = [
            f"{entry.timestamp:.3f} {','.join(entry.nodes)} {entry.full_command or entry.text}" for entry in entries
        ]
        return self._save("log.txt", outgoing_text("\n".join(lines)), "The log is in {}.")

    def _save(self, name: str, text: str, done: str) -> str:
        """Writes a file that only its owner can read. `done`: what to say then, with {} for the file."""
        file = f"{self._state_dir.name}/{name}"
        data = (text if text.endswith("\n") else text + "\n").encode("utf-8", "replace")
        try:
            replace_file(self._state_dir / name, data, mode=0o600, durable=False)
        except OSError as error:
            return f"{file} could not be written: {os_error_text(error)}."
        except UntrustedFileError as error:
            return f"{file} was not written: {error.what}."
        return done.format(file)
