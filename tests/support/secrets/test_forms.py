"""A secret is found in each form, whole or in part, and nowhere else."""

from __future__ import annotations

import base64
import json
import secrets
import shlex
from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.support.secrets.forms import PIECE, Hit, Needles, Secret, search

KEY = Secret("key", secrets.token_bytes(256))
WORD = Secret("word", "Zq'\"$ ü{}%\\ and the rest of this".encode())
WRITTEN: dict[str, Callable[[bytes], bytes]] = {
    "raw": lambda value: value,
    "hex": lambda value: value.hex().encode(),
    "hex upper": lambda value: value.hex().upper().encode(),
    "base64": lambda value: base64.encodebytes(b"ab" + value),
    "url": lambda value: quote(value, safe="").encode(),
    "json": lambda value: json.dumps({"it": value.decode("latin-1")}).encode(),
    "repr": lambda value: repr(("it", value)).encode(),
    "utf-16": lambda value: value.decode("latin-1").encode("utf-16"),
    "shell": lambda value: shlex.quote(value.decode("latin-1")).encode(),
}


@pytest.mark.parametrize("form", WRITTEN)
@pytest.mark.parametrize("secret", [KEY, WORD], ids=["key", "word"])
def test_each_form_is_found(form: str, secret: Secret) -> None:
    for value in (secret.value, secret.value[: len(secret.value) // 2], secret.value[-PIECE:]):
        hits = search(b"before " + WRITTEN[form](value) + b" after", [secret], "here")
        assert hits, (form, value)
        assert {hit.secret for hit in hits} == {secret.name}


@pytest.mark.parametrize("secret", [KEY, WORD], ids=["key", "word"])
def test_each_piece_is_found_at_each_place(secret: Secret) -> None:
    needles = Needles([secret])
    for form, needle in secret.needles:
        for before in range(8):
            data = b"." * before + needle + b"." * (before % 3)
            assert Hit(secret.name, form, "here") in needles.search(data, "here")


@pytest.mark.parametrize("secret", [KEY, WORD], ids=["key", "word"])
def test_a_piece_without_its_first_byte_is_not_taken_for_it(secret: Secret) -> None:
    needles = Needles([secret])
    for _, needle in secret.needles:
        data = needle[1:]
        hits = {(hit.secret, hit.form) for hit in needles.search(data, "here")}
        assert hits == {(secret.name, form) for form, each in secret.needles if each in data}


def test_a_secret_that_is_wrapped_is_found() -> None:
    text = KEY.value.hex().encode()
    lines = b"\r\n".join(text[at : at + 10] for at in range(0, len(text), 10))
    assert search(lines, [KEY], "here") == [Hit("key", "hex", "here")]


def test_nothing_is_found_where_nothing_is() -> None:
    assert search(secrets.token_bytes(1 << 20), [KEY, WORD], "here") == []
