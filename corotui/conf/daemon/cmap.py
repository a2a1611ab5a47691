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
    """A value in the map: `value` is an int exactly where `type` is not "str"; `line` is the number of the line."""

    value: str | int
    type: ValueType
    line: int


class DaemonError(NamedTuple):
    """Why the daemon stops. `line` is where to look, `said_at` the line the daemon names if that is another one.
    `exit_code` 8: an error; 134, 139: it dies of a signal there."""

    code: str
    text: str
    line: int
    exit_code: int = 8
    reported_line: int = 0


class Cmap:
    """`entries` maps full key names to values, last write wins. `troubles` are in the order the daemon meets them: it
    stops at the first, the rest is what it would say after that one is mended. `assumed` are sentences on what
    was taken on trust, since the machine is not known."""

    __slots__ = ("assumed", "duplicates", "entries", "errors", "node_count")

    def __init__(self) -> None:
        self.entries: dict[str, CmapEntry] = {}
        self.errors: list[DaemonError] = []
        self.assumed: list[str] = []
        self.duplicates: list[tuple[str, int, int]] = []
        self.node_count = 0

    def text(self, key: str) -> str | None:
        """The string at a key, None when there is none or it is a number."""
        found = self.entries.get(key)
        return found.value if found is not None and isinstance(found.value, str) else None

    def number(self, key: str, type_: ValueType, default: int = 0) -> int:
        """The number at a key; `default` when there is none or it has another type, as the daemon's getters do."""
        found = self.entries.get(key)
        return found.value if found is not None and found.type == type_ and isinstance(found.value, int) else default

    def line(self, key: str) -> int:
        """Number of the line that set a key, 0 when nothing did."""
        found = self.entries.get(key)
        return found.line if found is not None else 0

    def keys_under(self, prefix: str) -> list[str]:
        """Keys that start with a prefix, in the daemon's order (as strings of bytes)."""
        return sorted(key for key in self.entries if key.startswith(prefix))


def is_valid_key(key: str) -> bool:
    """Whether a key name may stand in the map: 3 to 255 characters of a small alphabet."""
    return _KEY(key) is not None


def parse_integer(text: str, type_: ValueType) -> int | None:
    """A number as strtoll and a range check read it; None when it is none. For u64 as strtoull: -1 is 2^64-1."""
    found = _NUMBER(text)
    if found is None:
        return None
    digits = found[1]
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
    """A number as 2.x before 2.3.4 reads it: what is too large for the type loses its upper bits."""
    found = _NUMBER(text)
    value = int(found[1]) if found is not None and len(found[1]) <= 20 else 1 << 64
    if not -(1 << 63) <= value < 1 << 63:
        return None
    return value & (_U64 - 1 if type_ == "u64" else TYPE_RANGES[type_][1])


def leading_integer(text: str) -> int:
    """What C's atoi makes of a text: its leading digits, 0 when there are none. Never an error."""
    found = re.match(r"[ \t\n\v\f\r]*([+-]?[0-9]{1,18})", text)
    return int(found[1]) if found else 0
