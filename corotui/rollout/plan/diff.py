"""The diff of two corosync.conf files, without secrets, so that it can be shown and kept. Pure."""

from __future__ import annotations

import difflib

from corotui.cluster.text.redaction import redact

_MAX_LINES = 2000


def diff(before: bytes | None, after: bytes) -> str:
    """Returns a unified diff of at most 2000 lines. Secrets are left out."""
    lines = difflib.unified_diff(
        _lines(before or b""),
        _lines(after),
        "corosync.conf on the node" if before is not None else "no corosync.conf",
        "corosync.conf",
        lineterm="",
    )
    return "\n".join(line for _, line in zip(range(_MAX_LINES), lines, strict=False))


def _lines(data: bytes) -> list[str]:
    return redact(data.decode("utf-8", "replace")).split("\n")[: 4 * _MAX_LINES]
