"""Counts and lists in sentences."""

from __future__ import annotations

import pytest

from corotui.cluster.phrasing import excerpt, format_count, format_list, format_node_names


@pytest.mark.parametrize(("number", "text"), [(0, "0 nodes"), (1, "1 node"), (2, "2 nodes")])
def test_a_count_agrees_with_its_noun(number: int, text: str) -> None:
    assert format_count(number, "node") == text


@pytest.mark.parametrize(
    ("items", "text"), [((), ""), (("a",), "a"), (("a", "b"), "a and b"), (("a", "b", "c"), "a, b and c")]
)
def test_a_list_ends_with_and(items: tuple[str, ...], text: str) -> None:
    assert format_list(items) == text


@pytest.mark.parametrize(
    ("names", "node_count", "text"),
    [(("a", "b"), 2, "all"), (("a",), 1, "a"), (("a",), 3, "a"), (("a", "b"), 3, "2 nodes"), ((), 3, "")],
)
def test_node_names_are_short(names: tuple[str, ...], node_count: int, text: str) -> None:
    assert format_node_names(names, node_count) == text


def test_an_excerpt_is_one_line_of_bounded_length_and_raw() -> None:
    assert excerpt("a\r\nb\tc\x1b", 10) == "a b c\x1b"
    assert excerpt("x" * 50, 10) == "x" * 9 + "…"
    assert excerpt("x" * 10, 10) == "x" * 10
