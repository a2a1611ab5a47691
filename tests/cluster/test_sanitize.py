"""Output of nodes is hostile: nothing that a terminal would obey comes through."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.cluster.sanitize import clean, clean_line

# Pieces of which hostile output is made; hypothesis puts them together in ways nobody thinks of.
ESCAPES = ["\x1b", "\x1b[", "\x1b]0;", "\x1b]52;c;", "\x1bP", "\x9b", "\x9d", "\x90", "\x07", "\x1b\\", "\x9c"]
CONTROLS = ["\r", "\n", "\t", "\b", "\x00", "\x7f", "\u202e", "\u2066", "\u2028", "\ud800"]
PIECES = st.sampled_from([*ESCAPES, *CONTROLS, "31m", "?1049h", "text", "日本", "é", "[", "]", "8"])
hostile = st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join))


def harmless(text: str) -> bool:
    return all(ch in "\n\t" or unicodedata.category(ch) not in ("Cc", "Cs", "Zl", "Zp") for ch in text)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"plain", "plain"),
        (b"\x1b[31mred\x1b[0m", "red"),
        (b"\x1b]0;title\x07after", "after"),
        (b"\x1b]0;title\x1b\\after", "after"),
        (b"\x1b]52;c;cm0gLXJmIC8=\x07", ""),  # would fill the operator's clipboard
        (b"\x1bPq#0;1;1\x1b\\sixel", "sixel"),
        (b"\x1b[?1049h\x1b[2J\x1b[Hgone", "gone"),
        (b"\x1b]0;never ends", ""),
        (b"\x1b", ""),
        (b"\xc2\x9b31mred", "red"),  # CSI as one C1 character
        (b"a\x08\x08b\x7f\x00c", "abc"),
        (b"100%\r200%\r\ndone", "100%\n200%\ndone"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        ("user\u202egnp.exe".encode(), "usergnp.exe"),
        ("a\u2028b\u2029c".encode(), "abc"),
        ("naïve 日本 ✓".encode(), "naïve 日本 ✓"),
        (b"\x1b(0lqqk\x1b(B", "lqqk"),
        (b"\x1bcreset", "reset"),
    ],
)
def test_what_a_terminal_would_obey_is_gone(raw: bytes, shown: str) -> None:
    assert clean(raw) == shown


@given(hostile)
def test_no_output_holds_control_characters(text: str) -> None:
    assert harmless(clean(text))


@given(st.binary())
def test_any_bytes_are_text(data: bytes) -> None:
    assert harmless(clean(data))


@given(hostile)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(hostile)
def test_a_line_is_one_line_of_bounded_length(text: str) -> None:
    line = clean_line(text, limit=20)
    assert len(line) <= 20
    assert not set(line) & {"\n", "\t", "\r"}
    assert harmless(line)


def test_text_that_is_cut_off_says_so() -> None:
    assert clean("x" * 50, limit=10) == "x" * 10 + "\n[cut at 10 characters]"
    assert clean("x" * 10, limit=10) == "x" * 10


def test_a_cut_line_says_so() -> None:
    assert clean_line("x" * 50, limit=10) == "x" * 9 + "…"


def test_a_flood_without_an_end_of_its_escape_is_quick() -> None:
    assert clean("\x1b]" * 200_000) == ""


def test_every_character_is_kept_or_removed_by_its_kind() -> None:
    bidi = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    starts = "\x1b\x90\x98\x9b\x9d\x9e\x9f\r"
    for ch in map(chr, range(0x110000)):
        kept = ch in "\n\t" or (ch not in bidi and unicodedata.category(ch) not in ("Cc", "Cs", "Zl", "Zp"))
        if ch not in starts:
            assert clean(f"a{ch}b") == (f"a{ch}b" if kept else "ab"), hex(ord(ch))
            assert clean(f"é{ch}b") == (f"é{ch}b" if kept else "éb"), hex(ord(ch))
