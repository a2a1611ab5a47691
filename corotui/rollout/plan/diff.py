"""The diff of two corosync.conf files, without secrets, so that it can be shown and kept. Pure."""

from __future__ import annotations

import difflib
import re

from corotui.cluster.sanitize import clean_line

_KEY = re.compile(r"^(\s*key\s*:\s*)\S.*$")
_MAX_LINES = 2000


def diff(before: bytes | None, after: bytes) -> str:
    """Returns a unified diff, cleaned for a terminal, at most 2000 lines. The value of `totem.key` is left out."""
    lines = difflib.unified_diff(
        _lines(before or b""),
        _lines(after),
        "corosync.conf on the node" if before is not None else "no corosync.conf",
        "corosync.conf",
        lineterm="",
    )
    return "\n".join(line for _, line in zip(range(_MAX_LINES), lines, strict=False))


def _lines(data: bytes) -> list[str]:
    text = data.decode("utf-8", "replace")
    return [clean_line(_KEY.sub(r"\1(left out)", line)) for line in text.split("\n")[: 4 * _MAX_LINES]]
