"""The last look at what is drawn: every line of every widget passes here on its way to the terminal.

Our own lines are visible already (`StyledLine`, `Editor`). Textual's widgets draw what they are given: a value that was
pasted into an input may hold anything.
"""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from corotui.cluster.text.visible import is_plain


def plain_strip(strip: Strip) -> Strip:
    """The same line, with U+FFFD in each cell of a character that a terminal would obey or hide."""
    if all(_plain(segment.text) == segment.text for segment in strip):
        return strip
    return Strip([Segment(_plain(segment.text), segment.style) for segment in strip], strip.cell_length)


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(each if is_plain(each) else "\ufffd" * cell_len(each) for each in text)
