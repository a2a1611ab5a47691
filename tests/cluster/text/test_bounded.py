"""Text from elsewhere stays as it was said, is of bounded size, and has no more lines than it has newlines."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.cluster.text.bounded import bounded_text, lines_of, one_line
from tests.support.hostile_text import ESCAPES, HOSTILE, INVISIBLE, hostile_text

PACKAGE = Path(__file__).parents[3] / "corotui"

# Where `splitlines` may stand: for bytes, and texts of corotui itself and of this machine.
OWN_TEXTS = ("conf/", "practice/", "network/etc_hosts.py", "cli/main.py", "ssh/command/process.py")


@pytest.mark.parametrize("raw", [*ESCAPES, *INVISIBLE])
def test_what_a_terminal_would_obey_is_kept_for_the_exit(raw: str) -> None:
    kept = "".join("\ufffd" if each == "\0" or 0xD800 <= ord(each) < 0xE000 else each for each in raw)
    assert bounded_text(raw) == one_line(raw) == kept
    assert bounded_text(kept.encode()) == kept


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"1%\r2%\r\ndone", "1%\n2%\ndone"),
        ("日本 ✓".encode(), "日本 ✓"),
        (b"\0", "\ufffd"),
    ],
)
def test_bytes_are_text(raw: bytes, text: str) -> None:
    assert bounded_text(raw) == text


@given(st.binary() | hostile_text)
def test_any_text_can_be_stored_and_passed_on(raw: bytes | str) -> None:
    text = bounded_text(raw)
    assert "\0" not in text
    assert json.loads(json.dumps(text)) == text.encode().decode()
    assert bounded_text(text) == text


@given(hostile_text, st.integers(1, 40))
def test_text_and_lines_are_bounded(text: str, limit: int) -> None:
    assert len(bounded_text(text, limit=limit)) <= limit + len(f"\n[cut at {limit} characters]")
    line = one_line(text, limit=limit)
    assert len(line) <= limit
    assert not set(line) & {"\n", "\t", "\r"}


def test_what_is_cut_off_is_said() -> None:
    assert (
        bounded_text("x" * 50, limit=10) == bounded_text(b"x" * 50, limit=10) == "x" * 10 + "\n[cut at 10 characters]"
    )
    assert bounded_text("日" * 10, limit=10) == bounded_text("日".encode() * 10, limit=10) == "日" * 10
    assert one_line("x" * 50, limit=10) == "x" * 9 + "…"


@given(hostile_text)
def test_only_a_newline_ends_a_line(text: str) -> None:
    assert len(lines_of(text)) == text.count("\n") + (text != "" and not text.endswith("\n"))
    assert "\n".join(lines_of(text)) == text.removesuffix("\n")
    assert lines_of(HOSTILE) == [HOSTILE]


def test_no_text_of_a_node_is_split_where_only_unicode_ends_a_line() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if not str(path.relative_to(PACKAGE)).startswith(OWN_TEXTS)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "splitlines"
    ]
    assert found == []
