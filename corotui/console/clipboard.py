"""Yanking: to the terminal's clipboard by OSC 52, and always to a file, because nothing says whether it arrived."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from pathlib import Path

from corotui.console.words import size

MOST = 74_994  # bytes of base64 that terminals are known to take


def sequence(text: str, environ: Mapping[str, str]) -> str:
    """The escape sequence that asks the terminal to take `text`, "" when it is too long. Within screen it is wrapped
    so that it reaches the terminal outside; tmux takes it by itself (`set-clipboard on`)."""
    payload = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
    if len(payload) > MOST:
        return ""
    plain = f"\x1b]52;c;{payload}\x07"
    return f"\x1bP{plain}\x1b\\" if environ.get("TERM", "").startswith("screen") and "TMUX" not in environ else plain


def keep(text: str, path: Path) -> str:
    """Writes the text to a file that only its owner reads; "" or why it could not be written."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(text if text.endswith("\n") else text + "\n")
    except OSError as error:
        return error.strerror or str(error)
    return ""


def outcome(what: str, text: str, *, sent: bool, path: Path, failed: str) -> str:
    """What is said afterwards. That something was sent is all that is known of the clipboard."""
    length = size(len(text.encode("utf-8", "replace")))
    words = f"Sent to the terminal: {what}, {length}." if sent else f"Too long for a clipboard: {what}, {length}."
    return f"{words} It could not be written to {path}: {failed}." if failed else f"{words} It is in {path}, too."
