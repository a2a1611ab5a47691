"""Makes output of nodes safe to show: without escape sequences and control characters."""

from __future__ import annotations

import re

# CSI, OSC/DCS/PM/APC/SOS strings (closed by BEL or ST, or never), two-byte escapes; 7-bit and 8-bit forms.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
_ESCAPE_STARTS = "\x1b\x90\x98\x9b\x9d\x9e\x9f"
# Cc but newline and tab, the bidirectional controls, the separators of lines and paragraphs, and surrogates.
_REMOVED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")
_REMOVED_ASCII = dict.fromkeys([*range(0x09), *range(0x0B, 0x20), 0x7F])


def clean(data: bytes | str, *, limit: int = 1 << 20) -> str:
    """Returns text that is safe on a terminal: no escape sequences, no control characters but newline and tab.

    Bytes are decoded as UTF-8 with U+FFFD for what is not UTF-8. CRLF and a single CR become a newline. Text beyond
    `limit` characters is cut off, and a last line says so.
    """
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
    cut = len(text) > limit
    if cut:
        text = text[:limit]
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if any(start in text for start in _ESCAPE_STARTS):
        text = _ESCAPES.sub("", text)
    text = _without_controls(text)
    return f"{text}\n[cut at {limit} characters]" if cut else text


def clean_line(data: bytes | str, *, limit: int = 2000) -> str:
    """The same for a single line: tabs and newlines become blanks, and "…" stands for what is cut off."""
    text = clean(data, limit=limit * 4).replace("\n", " ").replace("\t", " ")
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _without_controls(text: str) -> str:
    """Removes control characters. A MiB takes 2 ms if it is ASCII, 12 ms if not, and 80 ms if every other one is bad.

    The event loop waits meanwhile, so the usual cases are left to what str does in C.
    """
    if text.isascii():
        return text.translate(_REMOVED_ASCII)
    return "\n".join([line if line.isprintable() else _REMOVED.sub("", line) for line in text.split("\n")])
