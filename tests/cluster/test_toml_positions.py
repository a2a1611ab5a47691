"""The line of each key, in every layout that TOML allows."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from corotui.cluster.toml_positions import KeyPath, locate_keys
from tests.support.assertions import assert_never_raises

TEXT = '''\
# a comment with [brackets] and "quotes"
title = "a # no comment" # a comment
numbers = [
  1, 2,   # two
  [3, 4],
]
text = """
[no.table]
key = 1
"""
raw = \'\'\'
[neither]\'\'\'
a.b."c d" = 1

[table]
key.dotted = { x = 1, y = [ { z = 2 } ] }

[[node]]
name = "a"
  [node.ssh]
  port = 22
[[node]]
name = "b"
  [[node.link]]
  address = 1
  [[node.link]]
  address = 2
'''


def test_every_layout() -> None:
    expected: dict[KeyPath, int] = {
        ("title",): 2,
        ("numbers",): 3,
        ("numbers", 0): 4,
        ("numbers", 2): 5,
        ("numbers", 2, 1): 5,
        ("text",): 7,
        ("raw",): 11,
        ("a",): 13,
        ("a", "b", "c d"): 13,
        ("table",): 15,
        ("table", "key"): 16,
        ("table", "key", "dotted", "y", 0, "z"): 16,
        ("node",): 18,
        ("node", 0): 18,
        ("node", 0, "name"): 19,
        ("node", 0, "ssh", "port"): 21,
        ("node", 1): 22,
        ("node", 1, "name"): 23,
        ("node", 1, "link", 0, "address"): 25,
        ("node", 1, "link", 1, "address"): 27,
    }
    lines = locate_keys(TEXT)
    assert {path: lines.get(path) for path in expected} == expected
    assert not [path for path in lines if "no" in path or "neither" in path]


def paths(value: object, here: KeyPath = ()) -> set[KeyPath]:
    found = {here} if here else set()
    if isinstance(value, dict):
        for key, inner in value.items():
            found |= paths(inner, (*here, key))
    if isinstance(value, list):
        for number, inner in enumerate(value):
            found |= paths(inner, (*here, number))
    return found


def test_every_value_has_a_line() -> None:
    assert paths(tomllib.loads(TEXT)) <= set(locate_keys(TEXT))


keys = st.from_regex(r"[a-z]{1,3}", fullmatch=True)
scalars = st.one_of(
    st.integers(),
    st.booleans(),
    st.text("ab#[]{}\"'\\,=.", max_size=8),
)


def written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {written(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[\n" + "".join(f"  {written(inner)}, # [x]\n" for inner in value) + "]"
    return str(value)


trees = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3))


def one_line(value: object) -> bool:
    return not isinstance(value, list) and (
        not isinstance(value, dict) or all(one_line(inner) for inner in value.values())
    )


@given(st.dictionaries(keys, trees, max_size=4))
def test_whatever_tomllib_reads_is_found(document: dict[str, object]) -> None:
    flat = {key: value for key, value in document.items() if isinstance(value, list) or one_line(value)}
    lines = [f"{key} = {written(value)}" for key, value in flat.items()]
    text = "\n".join(lines)
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # an inline table over several lines, which TOML 1.0 does not know
    assert paths(read) <= set(locate_keys(text))
    for number, key in enumerate(flat):
        assert locate_keys(text)[(key,)] == 1 + sum(line.count("\n") + 1 for line in lines[:number])


@given(st.text("[]{}\"'=.,#\n ab1", max_size=60))
def test_no_text_raises(text: str) -> None:
    assert_never_raises(locate_keys, text)
