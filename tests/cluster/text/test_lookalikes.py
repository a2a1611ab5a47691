"""A name that passes for another one is shown with its code points; a word of another language is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.cluster.text.lookalikes import alike, skeleton
from corotui.cluster.text.visible import visible_line


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("n\u043ede1", "n<U+043E>de1"),  # Cyrillic o
        ("d\u0432", "d<U+0432>"),
        ("\u03bfne", "<U+03BF>ne"),  # Greek omicron
        ("\uff4eode", "<U+FF4E>ode"),  # fullwidth
        ("\U0001d5bb1", "<U+1D5BB>1"),  # mathematical
        ("\u0441\u043e\u0441\u0435", "<U+0441><U+043E><U+0441><U+0435>"),  # wholly of twins
        ("node\u20101", "node<U+2010>1"),  # a hyphen that is none
        ("node\u20241", "node<U+2024>1"),  # a dot that is none
        ("d\u0131sk", "d<U+0131>sk"),  # a dotless i
        ("node\u0661", "node\u0661"),  # an Arabic digit looks like itself
    ],
)
def test_names_that_look_alike(raw: str, shown: str) -> None:
    assert visible_line(raw) == shown


@pytest.mark.parametrize("text", ["узел сети", "κόμβος", "Größe naïve", "日本db", "5 µs → 3 Ω", "±0.5 s · “ok” — …"])
def test_other_languages_and_symbols_stay(text: str) -> None:
    assert visible_line(text) == text


def test_names_of_a_group_are_found() -> None:
    assert alike(["node1", "n\u043ede1", "Node1", "nodel", "no\u200bde1", "node2"]) == [
        ("node1", "n\u043ede1", "Node1", "nodel", "no\u200bde1")
    ]
    assert alike(["a", "b", "c"]) == []
    assert alike(["a", "a"]) == []


@given(st.text())
def test_a_name_looks_like_itself_in_capitals_and_with_invisible_characters(name: str) -> None:
    assert skeleton(name + "\u200b") == skeleton(name)
    assert alike([name, name]) == []
