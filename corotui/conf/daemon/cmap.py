"""The flat, typed map that corosync makes of its file, and the rules for what may be stored in it (exec/icmap.c)."""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

ValueType = Literal["str", "u8", "u16", "u32", "i32", "u64"]

MAX_KEY_LENGTH: Final = 255
TYPE_RANGES: Final[dict[str, tuple[int, int]]] = {
    "u8": (0, 0xFF),
    "u16": (0, 0xFFFF),
    "u32": (0, 0xFFFFFFFF),
    "i32": (-0x80000000, 0x7FFFFFFF),
}

_KEY = re.compile(r"[A-Za-z0-9._/:-]{3,255}").fullmatch
_NUMBER = re.compile(r"[ \t\n\v\f\r]*([+-]?[0-9]+)").fullmatch
_U64 = 1 << 64


class CmapEntry(NamedTuple):
    """A value in the map."""

    value: str | int
    """An int unless `type` is "str"."""
    type: ValueType
    line: int
    """Number of the line that set it."""


class DaemonError(NamedTuple):
    """Why the daemon stops."""

    code: str
    """Code of the diagnostic, see `diagnostics.codes`."""
    text: str
    """The daemon's message."""
    line: int
    """Line of the file that causes it, 0 for none."""
    exit_code: int = 8
    """8 for an error in the file; 134, 136 and 139 (see `crashes`) where the daemon dies of a signal."""
    reported_line: int = 0
    """The line that the daemon's message names, where that is another one than `line`; else 0."""


class Cmap:
    """The map of one file, and the errors found while it was filled."""

    __slots__ = ("assumed", "duplicates", "entries", "errors", "node_count")

    def __init__(self) -> None:
        self.entries: dict[str, CmapEntry] = {}
        """Full key names and their values; the last write wins."""
        self.errors: list[DaemonError] = []
        """In the daemon's order. It stops at the first; the others are what it reports once that one is fixed."""
        self.assumed: list[str] = []
        """Facts about the host that were not provided and are assumed true; phrases without a final period."""
        self.duplicates: list[tuple[str, int, int]] = []
        """Keys that were set twice: key, line of the overwritten value, line of the later one."""
        self.node_count = 0
        """Number of `node` sections."""

    def text(self, key: str) -> str | None:
        """The string at a key, None if there is none or it is a number."""
        entry = self.entries.get(key)
        return entry.value if entry is not None and isinstance(entry.value, str) else None

    def number(self, key: str, type_: ValueType, default: int = 0) -> int:
        """The number at a key; `default` if there is none or it has another type, as the daemon's getters do."""
        entry = self.entries.get(key)
        return entry.value if entry is not None and entry.type == type_ and isinstance(entry.value, int) else default

    def line(self, key: str) -> int:
        """Number of the line that set a key, 0 if none did."""
        entry = self.entries.get(key)
        return entry.line if entry is not None else 0

    def keys_under(self, prefix: str) -> list[str]:
        """Keys that start with a prefix, in the daemon's order: sorted as bytes."""
        return sorted(key for key in self.entries if key.startswith(prefix))


def is_valid_key(key: str) -> bool:
    """Whether icmap accepts a key name: 3 to 255 letters, digits and `._/:-`."""
    return _KEY(key) is not None


def parse_integer(text: str, type_: ValueType) -> int | None:
    """A number as strtoll and a range check read it, None if it is none. u64 is read as by strtoull: -1 is 2^64-1."""
    match = _NUMBER(text)
    if match is None:
        return None
    digits = match[1]
    if len(digits) > 400:
        digits = digits.lstrip("+-0") or "0"
        if len(digits) > 20:
            return None
    value = int(digits)
    if type_ == "u64":
        if not -_U64 < value < _U64:
            return None
        return value % _U64
    low, high = TYPE_RANGES[type_]
    return value if low <= value <= high else None


def parse_wrapping(text: str, type_: ValueType) -> int | None:
    """A number as 2.x before 2.3.4 reads it: a number too large for the type loses its upper bits."""
    match = _NUMBER(text)
    value = int(match[1]) if match is not None and len(match[1]) <= 20 else 1 << 64
    if not -(1 << 63) <= value < 1 << 63:
        return None
    return value & (_U64 - 1 if type_ == "u64" else TYPE_RANGES[type_][1])


def leading_integer(text: str) -> int:
    """A text as C's atoi reads it: its leading digits, 0 if there are none. Never raises."""
    match = re.match(r"[ \t\n\v\f\r]*([+-]?[0-9]{1,18})", text)
    return int(match[1]) if match else 0
