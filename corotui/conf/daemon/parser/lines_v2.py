"""The grammar of corosync 2.x (and, as far as lines go, 1.4): lines are cut at 511 bytes, words alone are ignored."""

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
    """The map corosync 2.x makes of a text."""
    return load_lines(logical_lines(text), version, host)


def logical_lines(text: str) -> Iterator[ConfLine]:
    """The logical lines as 1.4 and 2.x read them. `number` is that of the physical line."""
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
    naked = body.lstrip(_BLANKS)
    if not naked or naked[0] == "#":
        return None
    at = start + len(body) - len(naked)
    end = start + len(body)
    brace = naked.find("{")
    if brace >= 0:
        # The name is trimmed before the line is cut at the brace, so text after it leaves the brace in the name.
        if not naked[brace + 1 :].strip(_BLANKS + ":{"):
            name = naked[:brace].rstrip(_BLANKS + ":{") or (naked[0] if brace else "")
        else:
            rest = naked[brace + 1 :].lstrip(_BLANKS)
            name = naked[: len(naked) - len(rest) - 1]
        return ConfLine(number, start, end, after, "open", name, at)
    colon = naked.find(":")
    if colon >= 0:
        value = naked[colon + 1 :].lstrip(_BLANKS)
        key = naked[:colon].rstrip(_BLANKS)
        if colon == 0 and naked[1:2] and naked[1] in _BLANKS:
            key = ":"
        return ConfLine(number, start, end, after, "item", key, at, value, end - len(value))
    return ConfLine(number, start, end, after, "close") if "}" in naked else None
