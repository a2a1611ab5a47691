"""Text that came from elsewhere, decoded and of bounded size. Pure.

It stays raw: what a terminal would obey is made visible where text leaves (`outgoing`), so that the operator sees that
something odd was said. Only what cannot be stored or passed on, NUL and half a pair of surrogates, becomes U+FFFD.
"""

from __future__ import annotations

import re

from corotui.cluster.phrasing import excerpt

_UNFIT = re.compile("[\x00\ud800-\udfff]")


def bounded_text(data: bytes | str, *, limit: int = 1 << 20) -> str:
    """The text with newlines alone for CRLF and CR, as a terminal would have shown the lines of progress.

    Bytes are decoded as UTF-8 with U+FFFD for what is not UTF-8. Text beyond `limit` characters is cut off, and a last
    line says so.
    """
    text = data[: limit * 4 + 4].decode("utf-8", "replace") if isinstance(data, bytes) else data[: limit + 1]
    cut = len(text) > limit
    if cut:
        text = text[:limit]
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text or not text.isascii():
        text = _UNFIT.sub("\ufffd", text)
    return f"{text}\n[cut at {limit} characters]" if cut else text


def one_line(data: bytes | str, *, limit: int = 2000) -> str:
    """The same for a single line: tabs and newlines become blanks, and "…" stands for what is cut off."""
    return excerpt(bounded_text(data, limit=limit * 4), limit)


def lines_of(text: str) -> list[str]:
    """The lines of a tool's output. Only a newline ends one: `str.splitlines` would take U+2028, which may stand in a
    name, for the end of a line, too, and let a node add lines."""
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines
