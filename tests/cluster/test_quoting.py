"""A quoted word comes out of a real sh as it went in, and as one word."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corotui.cluster.quoting import command, quote

words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)


@given(st.lists(words, min_size=1, max_size=4))
@settings(max_examples=60)
def test_a_shell_sees_the_same_words(given_words: list[str]) -> None:
    line = command("printf", "%s\\0", *given_words)
    done = subprocess.run(["sh", "-c", line], capture_output=True, check=True)
    assert done.stdout == b"".join(word.encode() + b"\0" for word in given_words)


@pytest.mark.parametrize("word", ["$(id)", "`id`", "a;b", "a\nb", "-rf", "*", "~", "'", '"', "\\", "", "!x", "a b"])
def test_what_means_something_to_a_shell_means_nothing(word: str) -> None:
    done = subprocess.run(["sh", "-c", f"printf %s {quote(word)}"], capture_output=True, check=True)
    assert done.stdout == word.encode()


def test_a_nul_cannot_be_passed() -> None:
    with pytest.raises(ValueError, match="NUL"):
        quote("a\0b")
