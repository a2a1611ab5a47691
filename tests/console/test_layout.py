"""Lines: width, cutting, wrapping, and that nothing hostile passes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from corotui.console.render.layout import StyledLine, fit_widths, spread, table_row, wrap_text
from corotui.console.style.glyphs import ASCII, UNICODE, Glyphs

_ORDERS = "\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@given(st.text(), st.integers(0, 60))
def test_fit_never_exceeds_its_width(text: str, width: int) -> None:
    assert StyledLine(text).truncate(width).width <= width


@given(st.text(max_size=300), st.integers(8, 80), st.integers(0, 20))
def test_wrapped_lines_fit_and_keep_every_word(text: str, width: int, hang: int) -> None:
    lines = wrap_text(text, width, prefix="! ", indent=hang)
    assert lines
    assert all(line.width <= width for line in lines)
    kept = "".join(line.plain for line in lines).replace(" ", "")
    assert kept == ("! " + StyledLine(text.replace("\n", " ")).plain).replace(" ", "")


@given(st.text())
def test_nothing_that_a_terminal_obeys_passes(text: str) -> None:
    plain = StyledLine(text, ("\x1b[31m" + text, "broken")).plain
    assert not [ch for ch in plain if ch < " " or "\x7f" <= ch <= "\x9f" or ch in _ORDERS]


def test_escape_sequences_and_bidirectional_orders_are_shown_as_code_points() -> None:
    assert StyledLine("a\x1b]52;c;ZXZpbA==\x07b\u202ec\x9b2Jd").plain == r"a\x1b]52;c;ZXZpbA==\x07b<U+202E>c\x9b2Jd"


@pytest.mark.parametrize("width", [0, 1, 5, 20, 80])
def test_ends_and_columns_fit(width: int) -> None:
    assert spread("left side", "right side", width).width <= max(width, 0)
    widths = fit_widths([10, 20, 30], width)
    assert table_row(["a" * 50, "b" * 50, "c" * 50], widths).width == sum(widths) + 4


def test_columns_align_numbers_at_the_right() -> None:
    assert table_row(["node", "7", "x"], [6, 4, 3], right_aligned=[1]).plain == "node       7  x"


@pytest.mark.parametrize("table", [ASCII, UNICODE])
def test_every_glyph_is_one_cell(table: Glyphs) -> None:
    for name in Glyphs.__slots__:
        sign = getattr(table, name)
        if name in ("spark", "enter", "ascii_only"):
            continue
        assert cell_len(sign) == 1, name
    assert all(cell_len(sign) == 1 for sign in table.spark)


@given(st.text(max_size=50))
def test_ascii_keeps_length_and_is_ascii(text: str) -> None:
    fitted = ASCII.transliterate(text)
    assert fitted.isascii()
    assert len(fitted) == len(text)
    assert UNICODE.transliterate(text) == text
