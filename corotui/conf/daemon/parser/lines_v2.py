"""The lines of corosync 1.4 and 2.x: they are cut at 511 bytes, and a line that is no statement is ignored."""

from __future__ import annotations

from collections.abc import Iterator

from corotui.conf.daemon.cmap import Cmap
from corotui.conf.daemon.parser.loader import load_lines as load_lines
from corotui.conf.host.facts import Host
from corotui.conf.syntax import ConfLine
from corotui.conf.version import Version

_CHUNK = 511
_BLANKS = " \t"


def load_text(text: str, version: Version, host: Host | None = None) -> Cmap:
    """The map that corosync 1.4 or 2.x makes of a text."""
    return load_lines(logical_lines(text), version, host)


def logical_lines(text: str) -> Iterator[ConfLine]:
    """The logical lines as 1.4 and 2.x read them; `number` is the number of the physical line."""
    start, number = 0, 0
    while start < len(text):
        number += 1
        end = text.find("\n", start)
        after = len(text) if end < 0 else end + 1
        for at in range(start, after, _CHUNK):
            line = _line(text[at : min(at + _CHUNK, after)], number, at, after)
            if line is not None:
                yield line
        start = after


def _line(chunk: str, number: int, start: int, after: int) -> ConfLine | None:
    body = chunk.split("\0", 1)[0]
    body = body.removesuffix("\n").removesuffix("\r").rstrip(_BLANKS)
    stripped = body.lstrip(_BLANKS)
    if not stripped or stripped[0] == "#":
        return None
    at = start + len(body) - len(stripped)
    end = start + len(body)
    brace = stripped.find("{")
    if brace >= 0:
        # The name is trimmed before the line is cut at the brace, so text after it leaves the brace in the name.
        if not stripped[brace + 1 :].strip(_BLANKS + ":{"):
            name = stripped[:brace].rstrip(_BLANKS + ":{") or (stripped[0] if brace else "")
        else:
            rest = stripped[brace + 1 :].lstrip(_BLANKS)
            name = stripped[: len(stripped) - len(rest) - 1]
        return ConfLine(number, start, end, after, "open", name, at)
    colon = stripped.find(":")
    if colon >= 0:
        value = stripped[colon + 1 :].lstrip(_BLANKS)
        key = stripped[:colon].rstrip(_BLANKS)
        if colon == 0 and stripped[1:2] and stripped[1] in _BLANKS:
            key = ":"
        return ConfLine(number, start, end, after, "item", key, at, value, end - len(value))
    return ConfLine(number, start, end, after, "close") if "}" in stripped else None
