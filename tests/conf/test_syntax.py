"""Every byte comes back, and nothing raises, whatever the bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.conf import check, compute_effects, conf_nodes, parse
from corotui.conf.document import Document
from corotui.conf.version import parse_version
from tests.support.assertions import assert_never_raises
from tests.support.conf_strategies import ANY_BYTES


def joined_lines(document: Document) -> bytes:
    """The document's lines put together again."""
    return "".join(document.text[line.start : line.next_start] for line in document.lines).encode("latin-1")


@given(ANY_BYTES)
def test_the_lines_of_a_document_are_the_whole_file(data: bytes) -> None:
    assert joined_lines(parse(data)) == data


@given(ANY_BYTES, st.sampled_from(["1.4.10", "2.4.6", "3.0.0", "3.1.7", "3.1.10", "main"]))
def test_no_bytes_raise(data: bytes, release: str) -> None:
    document = parse(data)
    assert_never_raises(conf_nodes, document)
    assert_never_raises(check, document, release=parse_version(release))
    assert_never_raises(compute_effects, document, release=parse_version(release))


@given(ANY_BYTES)
def test_lines_follow_each_other_without_a_gap(data: bytes) -> None:
    document = parse(data)
    at = 0
    for number, line in enumerate(document.lines, 1):
        assert (line.start, line.number) == (at, number)
        assert line.start <= line.end <= line.next_start
        for part, place in ((line.key, line.key_start), (line.value, line.value_start)):
            assert document.text[place : place + len(part)] == part
        at = line.next_start
    assert at == len(data)


@pytest.mark.parametrize(
    "data",
    [
        b"\0" * 300_000,
        b"a {\n" * 5000,
        b"}\n" * 5000,
        b"nodelist {\nnode {\n" * 2000,
        b"x" * 1_000_000,
        b"#\n" * 50_000,
    ],
)
def test_depth_and_length_cost_no_more_than_their_size(data: bytes) -> None:
    document = parse(data)
    assert joined_lines(document) == data
    check(document)
    compute_effects(document)
    conf_nodes(document)


def _lines(data: bytes) -> list[tuple[str, str, str, str]]:
    return [(line.kind, line.key, line.value, line.problem) for line in parse(data).lines]


def test_item_is_cut_at_the_first_colon() -> None:
    assert _lines(b"\t name :  a:b }  \r\n") == [("item", "name", "a:b }", "")]


def test_brace_wins_over_colon() -> None:
    assert _lines(b"quorum: {\n") == [("open", "quorum", "", "")]
    assert _lines(b"totem { # x\n")[0][3] == "Extra characters after opening bracket '{'"
    assert _lines(b"{\n")[0][3] == "Missing section name before opening bracket '{'"


def test_longest_line() -> None:
    assert _lines(b"#" * 510 + b"\n")[0][0] == "comment"
    assert _lines(b"#" * 511 + b"\n")[0][3] == "Line too long"


def test_nul_ends_the_line_early() -> None:
    assert _lines(b"\0junk {\n")[0][0] == "blank"
    assert _lines(b"abc\0def\n")[0][3] == "Line too long"
    assert _lines(b"abc: 1\0def") == [("item", "abc", "1", "")]
