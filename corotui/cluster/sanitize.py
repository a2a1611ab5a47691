"""Makes output of nodes safe to show: without escape sequences and control characters."""

from __future__ import annotations

import re
import unicodedata

# CSI, OSC/DCS/PM/APC/SOS strings (closed by BEL or ST, or never), two-byte escapes; 7-bit and 8-bit forms.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(data: bytes | str, *, limit: int = 1 << 20) -> str:
    """Returns text that is safe on a terminal: no escape sequences, no control characters but newline and tab.

    Bytes are decoded as UTF-8 with U+FFFD for what is not UTF-8. CRLF and a single CR become a newline. Text beyond
    `limit` characters is cut off, and a last line says so.
    """
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
    cut = len(text) > limit
    if cut:
        text = text[:limit]
    text = _ESCAPES.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = "".join(ch for ch in text if ch in "\n\t" or _printable(ch))
    return f"{text}\n[cut at {limit} characters]" if cut else text


def clean_line(data: bytes | str, *, limit: int = 2000) -> str:
    """The same for a single line: tabs and newlines become blanks, and "…" stands for what is cut off."""
    text = clean(data, limit=limit * 4).replace("\n", " ").replace("\t", " ")
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _printable(ch: str) -> bool:
    if " " <= ch <= "~":
        return True
    return ch not in _BIDI and unicodedata.category(ch) not in ("Cc", "Cs", "Zl", "Zp")
