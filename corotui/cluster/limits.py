"""Bounds for what a node says: a hostile or broken one must not cost more than the largest real cluster would.

corosync's own limits are in `conf/constants.py`. Those here are what the tools of a node print at most about a ring of
that size, with a margin. What exceeds them is left out, and `excess` says so once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from corotui.cluster.finding import BEYOND_LIMITS, TOOL_HUNG, Finding, Severity
from corotui.conf.constants import MAX_LINKS, MAX_NODES

MAX_LINE: Final = 1_024
"""Characters of one line of a tool. A cmap line is a key of 255, a type, and a value that fits a line of
corosync.conf (510)."""
MAX_LINES: Final = 20_000
"""Lines of one answer: six statistics for each of 8 links to each of 384 nodes are 18,432."""
MAX_NAME: Final = 255
"""Characters of a node's name: a host name has at most 255 bytes (RFC 1035)."""
MAX_CONF_SIZE: Final = 256 << 10
"""Bytes of a node's corosync.conf that are read: 384 nodes with 8 addresses each take 120 KiB."""
MAX_CONF_LINES: Final = 6_000
"""Lines of it: 384 nodes with 8 links take 5,000."""
MAX_CONF_SECTIONS: Final = 1_000
"""Opening braces in it. 240,000 of them take 7 s to parse."""
MAX_PATHS: Final = MAX_NODES * MAX_LINKS
"""Links of one node to all others."""
MAX_LISTED: Final = 32
"""Names that one sentence lists, and findings of one kind, before the rest is only counted."""


def excess(source: str, noun: str, count: int, limit: int) -> tuple[str, ...]:
    """Returns a sentence if an answer names more than corosync allows, or has more lines than corotui reads.

    `source`: the command or file. `noun`: what is counted, in the plural. `count` is a lower bound where the answer
    itself was cut.
    """
    if count <= limit:
        return ()
    if noun == "lines":  # corosync has no limit of lines
        return (f"{source} has {count:,} lines; corotui reads at most {limit:,}; the rest was left out",)
    return (f"{source} names {count:,} {noun}; corosync allows at most {limit:,}; the rest was left out",)


def bounded_lines(text: str, most: int = MAX_LINES, width: int = MAX_LINE) -> list[str]:
    """Returns the lines of a text: at most `most`, each cut to `width` characters. CRLF ends a line as LF does.

    It reads no further than it has to: a million lines cost no more than `most`.
    """
    lines = text.split("\n", most)
    if len(lines) > most or not lines[-1]:
        lines.pop()
    return [line[:width].removesuffix("\r") for line in lines]


def bounded_conf(conf: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Returns the beginning of a node's corosync.conf that no real one exceeds, and a sentence if that is not all."""
    size = min(len(conf), MAX_CONF_SIZE)
    for mark, most in ((b"\n", MAX_CONF_LINES), (b"{", MAX_CONF_SECTIONS)):
        if conf.count(mark, 0, size) > most:
            size = len(mark.join(conf[:size].split(mark, most)[:most]))
    if size == len(conf):
        return conf, ()
    limits = f"{MAX_CONF_SIZE >> 10} KiB, {MAX_CONF_LINES:,} lines and {MAX_CONF_SECTIONS:,} sections"
    return conf[:size], (f"corosync.conf is larger than {limits}; the rest was left out",)


def joined(names: Sequence[str], separator: str = ", ", most: int = MAX_LISTED) -> str:
    """Returns names in one text; after `most` of them only how many more there are."""
    if len(names) <= most:
        return separator.join(names)
    return f"{separator.join(names[:most])} and {len(names) - most:,} more"


def beyond_limits(node: str, sentences: Iterable[str]) -> list[Finding]:
    """Returns the findings for answers that are larger than a real node's can be."""
    return [
        Finding(
            Severity.WARNING,
            BEYOND_LIMITS,
            f"{node}: {sentence}.",
            node=node,
            why="No real node says this much: a tool is broken or was replaced, or something answers in its place.",
            certain=False,
        )
        for sentence in sentences
    ]


def hung_tools(node: str, sentences: Iterable[str]) -> list[Finding]:
    """Returns the findings for tools of a node that did not end in time."""
    return [
        Finding(
            Severity.WARNING,
            TOOL_HUNG,
            f"{node}: {sentence}.",
            node=node,
            why="What it would have said is missing from all that is concluded here.",
            certain=False,
        )
        for sentence in sentences
    ]
