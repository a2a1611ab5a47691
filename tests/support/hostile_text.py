"""Text that a terminal would obey, hide, reorder or mistake, and the check that none of it got through."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

from hypothesis import strategies as st

ESCAPES = (
    "\x1b]0;owned\x07",  # OSC: the window's title
    "\x1b]52;c;cm0gLXJmIC8=\x1b\\",  # OSC 52: the clipboard
    "\x1b[2J\x1b[H\x1b[?1049h",  # CSI: clear, home, the other screen
    "\x1bPq#0;1;1\x1b\\",  # DCS: sixel
    "\x1bc",  # RIS: reset
    "\x9b31m\x9d0;owned\x9c\x90q\x9c",  # the same in 8 bits
    "\x00\x07\x08\x0b\x0c\x0e\x0f\x7f\x85",
)
INVISIBLE = (
    "\u202eexe.gnp\u202c",  # bidi overrides and isolates
    "\u2066\u2067\u2068\u2069\u061c\u200e\u200f",
    "a\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u180eb",  # nothing to see
    "\U000e0001\U000e0041\U000e007f",  # tags
    "\ufe0f\U000e0100",  # variation selectors
    "e\u0301\u0308\u20dd\u0489",  # combining marks
    "\ue000\U000f0000\U0010ffff\u0378",  # private use, unassigned
    "\u2028\u2029\u00a0\u2003\u3000\u3164\u2800",  # separators and blanks
    "\udcff\ud800",  # lone surrogates
)
LOOKALIKES = ("n\u043ede1", "\u0430\u0441\u0435", "\uff4e\uff4f", "node\u20101", "\U0001d5ba")
HOSTILE = "".join((*ESCAPES, *INVISIBLE))
"""All of it in one string."""

hostile_text = st.one_of(
    st.text(),
    st.text(st.characters(codec=None, categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs", "Mn", "Me", "Mc"))),
    st.lists(
        st.sampled_from([*ESCAPES, *INVISIBLE, *LOOKALIKES, "\n", "\r\n", "\t", " ", "text", "日本", "é", "8", "."]),
        max_size=20,
    ).map("".join),
)


def raw_characters(text: str, allowed: str = "\n") -> list[str]:
    """The characters of output that must not reach a terminal, each as Unicode names it or by its number."""
    return [
        unicodedata.name(each, f"U+{ord(each):04X}")
        for each in text
        if each not in allowed and (unicodedata.category(each)[0] in "CM" or unicodedata.category(each) in ("Zl", "Zp"))
    ]


def plant(value: object, *, keep: frozenset[str] = frozenset()) -> Any:  # Any: of the type that came in
    """The same value with hostile text behind each of its texts, to the bottom. `keep`: names of fields left alone."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return value + HOSTILE
    if isinstance(value, Mapping):
        return {plant(key, keep=keep): plant(each, keep=keep) for key, each in value.items()}
    if isinstance(value, (tuple, list, frozenset, set)):
        return type(value)(plant(each, keep=keep) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        given = {each.name: getattr(value, each.name) for each in fields(value) if each.init and each.name not in keep}
        return replace(value, **{name: plant(each, keep=keep) for name, each in given.items()})
    return value
