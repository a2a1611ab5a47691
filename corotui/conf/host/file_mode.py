"""The mode of corosync.conf on a node. Pure."""

from __future__ import annotations

import re

_WIDEST = 0o644
_WIDEST_WITH_KEY = 0o640  # the key of the ring is in the file
_NEW = 0o644
_NEW_WITH_KEY = 0o600
# More than the parser would take for a key: a mode that is too narrow does no harm, corosync reads the file as root.
_INLINE_KEY = re.compile(rb"^[ \t]*key[ \t]*:", re.MULTILINE)


def has_inline_key(conf: bytes) -> bool:
    """Whether the file may hold the key of the ring itself (`totem.key`, corosync 3)."""
    return _INLINE_KEY.search(conf) is not None


def file_mode(conf: bytes, present: int | None) -> int:
    """Returns the mode with which `conf` is written.

    `present`: mode of the file that it replaces, None if there is none. The result is never wider than that mode, nor
    than 0644; with a key in the file others cannot read it.
    """
    with_key = has_inline_key(conf)
    if present is None:
        return _NEW_WITH_KEY if with_key else _NEW
    return present & (_WIDEST_WITH_KEY if with_key else _WIDEST)
