"""What a terminal would obey, hide or reorder is shown as code points: nothing gets through, nothing is lost."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.cluster.text.visible import (
    cut_to_width,
    display_width,
    same_length,
    visible_bytes,
    visible_json,
    visible_line,
    visible_text,
)
from tests.support.hostile_text import ESCAPES, HOSTILE, INVISIBLE, hostile_text, raw_characters


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x9b31mred", r"\x9b31mred"),
        ("\x1b]52;c;cm0=\x07", r"\x1b]52;c;cm0=\x07"),
        ("a\x08\x7f\x00b", r"a\x08\x7f\x00b"),
        ("user\u202egnp.exe", "user<U+202E>gnp.exe"),
        ("a\u200bb\ufeff", "a<U+200B>b<U+FEFF>"),
        ("\U000e0041", "<U+E0041>"),
        ("e\u0301", "e<U+0301>"),
        ("a\u00a0b", "a<U+00A0>b"),
        ("\u3164", "<U+3164>"),
        ("\ud800", "<U+D800>"),
        ("\udcff", r"\xff"),
        ("\ue000", "<U+E000>"),
        ("naïve 日本 ✓ ● … — 250 µs", "naïve 日本 ✓ ● … — 250 µs"),
        ("\ufffd", "\ufffd"),
        ("a\r\nb\nc\td", "a b c d"),
        ("100%\r200%", r"100%\r200%"),
    ],
)
def test_a_line(raw: str, shown: str) -> None:
    assert visible_line(raw) == shown


def test_newlines_and_tabs_of_a_text_stay() -> None:
    assert visible_text("a\tb\r\n\x1b[2J\n") == "a\tb\\r\n\\x1b[2J\n"
    assert visible_bytes(b"\xff\x1b\n") == "\ufffd\\x1b\n"


@pytest.mark.parametrize("raw", [*ESCAPES, *INVISIBLE])
def test_each_kind_is_seen_by_the_check_and_replaced(raw: str) -> None:
    assert raw_characters(raw) or raw.strip("\u00a0\u2003\u3000\u3164\u2800") != raw
    assert raw_characters(visible_text(raw)) == []
    assert visible_text(raw).isascii()


@given(hostile_text)
def test_nothing_raw_gets_through(text: str) -> None:
    assert raw_characters(visible_line(text), "") == []
    assert raw_characters(visible_text(text), "\n\t") == []
    assert raw_characters(same_length(text), "\t") == []


@given(hostile_text)
def test_a_second_time_changes_nothing(text: str) -> None:
    assert visible_line(visible_line(text)) == visible_line(text)
    assert visible_text(visible_text(text)) == visible_text(text)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_ascii_is_left_alone(text: str) -> None:
    assert visible_line(text) == visible_text(text) == text


@given(hostile_text)
def test_every_unusual_character_leaves_a_trace(text: str) -> None:
    marks = sum(not each.isascii() or not each.isprintable() for each in text if each not in "\n\t")
    assert len(visible_text(text)) >= len(text) if marks else visible_text(text) == text


@given(hostile_text)
def test_the_length_of_a_line_in_the_editor_stays(text: str) -> None:
    assert len(same_length(text)) == len(text)


@given(st.recursive(hostile_text | st.none() | st.integers(), lambda inner: st.dictionaries(hostile_text, inner)))
def test_json_keeps_its_value(value: object) -> None:
    document = json.dumps(value, ensure_ascii=False)
    shown = visible_json(document)
    assert raw_characters(shown, "") == []
    assert json.loads(shown) == json.loads(json.dumps(value))  # a reader joins two surrogates of a pair


def test_json_beyond_16_bits_is_a_pair_of_surrogates() -> None:
    assert visible_json('"\U000e0041\u202e"') == '"\\udb40\\udc41\\u202e"'


@given(hostile_text, st.integers(0, 40))
def test_a_cut_line_fits(text: str, width: int) -> None:
    line = visible_line(text)
    cut = cut_to_width(line, width)
    assert display_width(cut) <= width
    assert line.startswith(cut)
    assert cut == line or display_width(line[: len(cut) + 1]) > width


def test_the_memory_for_characters_is_bounded() -> None:
    shown = visible_text("".join(map(chr, range(0xF0000, 0xF8000))))
    assert shown.startswith("<U+F0000>")
    assert HOSTILE not in visible_text(HOSTILE)
