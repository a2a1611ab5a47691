"""The signs that stand beside words, for terminals that can and for `--ascii`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One sign each, all of one cell. `spark` are eight heights, lowest first."""

    done: str
    current: str
    todo: str
    needs: str
    failed: str
    stale: str
    up: str
    down: str
    partial: str
    rule: str
    column: str
    bar: str
    none: str
    below: str
    enter: str
    separator: str
    more: str
    spark: str
    ascii_only: bool

    def transliterate(self, text: str) -> str:
        """The text with every character this table may show, as many characters as before: words that come from
        elsewhere hold "·" or "…", node names may hold anything."""
        if not self.ascii_only or text.isascii():
            return text
        return "".join(ch if ch < "\x80" else _ASCII_FOR.get(ch, "?") for ch in text)


UNICODE = Glyphs(
    done="✓",
    current="▸",
    todo="·",
    needs="!",
    failed="✗",
    stale="~",
    up="●",
    down="○",
    partial="◐",
    rule="─",
    column="│",
    bar="▌",
    none="—",
    below="↓",
    enter="↵",
    separator="·",
    more="…",
    spark="▁▂▃▄▅▆▇█",
    ascii_only=False,
)

ASCII = Glyphs(
    done="+",
    current=">",
    todo=".",
    needs="!",
    failed="x",
    stale="~",
    up="*",
    down="o",
    partial="%",
    rule="-",
    column="|",
    bar="|",
    none="-",
    below="v",
    enter="Enter",
    separator="-",
    more=".",
    spark="__..--==",
    ascii_only=True,
)

_ASCII_FOR = {
    sign: plain
    for name in Glyphs.__slots__
    if name not in ("ascii_only", "spark", "enter", "separator")
    for sign, plain in [(getattr(UNICODE, name), getattr(ASCII, name))]
} | {"·": "-", "→": ">", "←": "<", "–": "-", "“": '"', "”": '"', "‘": "'", "’": "'", "×": "x", "±": "~", "µ": "u"}
