"""The diff of two corosync.conf files, without secrets, so that it can be shown and kept. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from itertools import chain, islice

from corotui.cluster.text.redaction import redact

_MAX_LINES = 2000
_MAX_COMPARED = 1000
"""Lines of a file that difflib compares. It is quadratic in repeated lines: two files of 6,000 lines, 100 of them
distinct, took 3.3 s."""


def diff(before: bytes | None, after: bytes) -> str:
    """Returns a unified diff of at most 2000 lines. Secrets are left out.

    Files of more than 1000 lines are not compared line by line: one block replaces all from the first difference on.
    """
    old, new = _lines(before or b""), _lines(after)
    names = ("corosync.conf on the node" if before is not None else "no corosync.conf", "corosync.conf")
    lines = (
        _one_block(old, new, names)
        if max(len(old), len(new)) > _MAX_COMPARED
        else difflib.unified_diff(old, new, *names, lineterm="")
    )
    return "\n".join(islice(lines, _MAX_LINES))


def _one_block(old: Sequence[str], new: Sequence[str], names: tuple[str, str]) -> Iterable[str]:
    """A unified diff with all lines from the first difference on; nothing for equal files."""
    if old == new:
        return ()
    same = next(
        (at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), min(len(old), len(new))
    )
    head = (
        f"--- {names[0]}",
        f"+++ {names[1]}",
        f"@@ -{same + 1},{len(old) - same} +{same + 1},{len(new) - same} @@",
    )
    # new lines first: they are the operator's own, and the limit cuts what the node said
    return chain(head, (f"+{line}" for line in new[same:]), (f"-{line}" for line in old[same:]))


def _lines(data: bytes) -> list[str]:
    return redact(data.decode("utf-8", "replace")).split("\n")[: 4 * _MAX_LINES]
