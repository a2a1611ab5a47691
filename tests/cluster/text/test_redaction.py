"""No secret leaves: whatever surrounds it, and in whichever of its forms. What is no secret stays."""

from __future__ import annotations

import base64
import difflib
import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.cluster.phrasing import excerpt
from corotui.cluster.text.outgoing import outgoing_json, outgoing_line, outgoing_text
from corotui.cluster.text.redaction import LEFT_OUT, redact, redact_json, redact_option
from tests.support.hostile_text import hostile_text

SECRET = "5ecret-W0rd"

blanks = st.text(" \t", max_size=4)
values = st.text(st.characters(blacklist_characters="\n", codec="utf-8"), max_size=12).map(lambda rest: SECRET + rest)
names = st.sampled_from(["key", "Key", "KEY", "totem.key"])
key_lines = st.builds("{}{}{}:{}{}".format, blanks, names, blanks, blanks, values)
other_lines = st.sampled_from(
    [
        "totem {",
        "}",
        "",
        "version: 2",
        "    keyfile: /etc/corosync/authkey",
        "token: 3000",
        "# a comment",
        "\tcluster_name: db",
    ]
)


@given(st.lists(other_lines), key_lines, st.lists(other_lines))
def test_a_key_in_a_file_is_left_out_and_no_other_line(before: list[str], line: str, after: list[str]) -> None:
    shown = redact("\n".join([*before, line, *after])).split("\n")
    assert SECRET not in "\n".join(shown)
    assert shown[: len(before)] == before
    assert shown[len(before) + 1 :] == after


@given(key_lines)
def test_a_key_in_a_comment_a_diff_and_a_joined_file_is_left_out(line: str) -> None:
    for prefix in ("#", "# ", "+", "-", "+    ", " - "):
        assert SECRET not in redact(f"{prefix}{line}")
    diff = "\n".join(difflib.unified_diff(["totem {", "}"], ["totem {", line, "}"], lineterm=""))
    assert SECRET not in redact(diff)


@pytest.mark.parametrize("name", ["key", "totem.key"])
def test_a_key_on_one_line_with_the_rest_of_its_file_is_left_out(name: str) -> None:
    text = f"totem {{\n    version: 2\n    {name}: {SECRET}\n    token: 3000\n}}\n"
    assert SECRET not in redact(excerpt(f"corosync says: {text}", 300))


@pytest.mark.parametrize(
    "text",
    [
        f"totem.key (str) = {SECRET}",
        f"totem.join (u32) = 50 totem.key (str) = {SECRET} totem.link_mode (str) = passive",
        f"totem.key: {SECRET}, elsewhere {SECRET}2",
        f"node1 - totem.key: {SECRET}",
        f"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz\n{SECRET}\n-----END OPENSSH PRIVATE KEY-----",
        f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}",
        f"PVEAPIToken=root@pam!corotui={SECRET}-4cde-8f01",
        "PVEAuthCookie=PVE:root@pam:4EEC61E2::5ecret+W0rd/" + "A" * 60 + "==",
        f"CSRFPreventionToken: 4EEC61E2:{SECRET}",
        '{"known_hosts": {"node1": {"token": "5ecret00-89ab-4cde-8f01-23456789abcd"}}}'.replace("5ecret00", "5ec0e700"),
        f"password={SECRET} rest",
        f'PASSWORD="{SECRET}"',
        f'{{"password": "{SECRET}"}}',
        base64.b64encode(f"{SECRET * 6}9zZ".encode()).decode(),
    ],
)
def test_other_secrets_are_left_out(text: str) -> None:
    shown = redact(text)
    for secret in (SECRET, "5ec0e700", "5ecret+W0rd", base64.b64encode(SECRET.encode()).decode().rstrip("=")[:-1]):
        assert secret not in shown
    assert "left out" in shown


@pytest.mark.parametrize(
    "text",
    [
        "keyfile: /etc/corosync/authkey",
        "totem.token: 3000 becomes 5000",
        "totem.key is not set",
        "node2 has another authkey than node1.",
        "its host key: SHA256:1hCwNQV9mXDvGZL5sRP3hHcu2zFQk2Q0eZqzT1pLbCE",
        "cluster.toml:3: ssh.key: is not a path",
        "sudo password of root: ",
        "key:",
        "x" * 200,
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


@given(st.one_of(hostile_text, st.lists(st.one_of(key_lines, other_lines, hostile_text)).map("\n".join)))
def test_a_second_time_changes_nothing(text: str) -> None:
    assert redact(redact(text)) == redact(text)
    assert outgoing_text(outgoing_text(text)) == outgoing_text(text)


LETTERS = string.ascii_letters + string.digits + "+/_-"


@given(st.text(LETTERS, min_size=125, max_size=300), st.sampled_from(["There is no section {}.", "{} {{", "x: '{}'"]))
def test_a_long_key_is_left_out_wherever_it_stands(rest: str, sentence: str) -> None:
    key = f"aB1{rest}"
    assert redact(sentence.format(key)) == sentence.format(LEFT_OUT)


@pytest.mark.parametrize("length", [60, 100, 200])
def test_a_line_with_a_key_is_left_out_where_it_was_cut(length: int) -> None:
    key = base64.urlsafe_b64encode(bytes(range(150))).decode()
    for text in (f"key {key}", f"    {key} {{" if length >= 100 else f"key {key}"):
        assert key[:30] not in redact(f"{text[:length]}... is neither an option nor a section.")


@pytest.mark.parametrize("text", ["0123456789abcdef" * 8, "/usr/lib/corosync" * 12, "-" * 200, "aB1" * 31])
def test_long_words_of_other_kinds_stay(text: str) -> None:
    assert redact(f"it is {text} here") == f"it is {text} here"


def test_options_by_their_name() -> None:
    assert redact_option("totem.key", SECRET) == LEFT_OUT
    assert redact_option("totem.token", "3000") == "3000"


@given(st.lists(other_lines), key_lines)
def test_json_is_searched_to_the_bottom(lines: list[str], line: str) -> None:
    conf = "\n".join([*lines, line])
    value = {"a": [{"conf": conf}, (conf, 1, None, True, 1.5)], "totem.key": SECRET, conf: "", "key": "copy"}
    shown = outgoing_json(value)
    assert SECRET not in shown
    assert json.loads(shown)["key"] == "copy"
    assert json.loads(shown)["a"][1][1:] == [1, None, True, 1.5]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(), lambda each: st.lists(each) | st.dictionaries(st.text(), each)
    )
)
def test_json_without_texts_is_the_same(value: object) -> None:
    assert redact_json(value) == value


def test_lines_lose_their_secrets_before_they_are_made_visible() -> None:
    assert outgoing_line(f"  key: {SECRET}\x1b[2J") == f"  key: {LEFT_OUT}"
