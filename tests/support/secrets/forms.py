"""The forms in which a secret may leak, and the search for them."""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote_from_bytes, quote_plus

FORMS = ("raw", "hex", "hex upper", "base64", "url", "json", "repr", "utf-16", "shell")
"""Names of the forms."""
PIECE = 16
"""Bytes of the pieces that are searched for: a piece that leaks counts as the secret."""


@dataclass(frozen=True)
class Secret:
    """A planted secret."""

    name: str
    """What it is."""
    value: bytes
    """Its bytes; at least PIECE."""

    @cached_property
    def needles(self) -> tuple[tuple[str, bytes], ...]:
        """(form, bytes to search for), for each piece of the secret in each form."""
        found: dict[tuple[str, bytes], None] = {}
        for piece in pieces(self.value):
            for form, needle in forms(piece):
                found[form, needle] = None
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Hit:
    """A secret that was found."""

    secret: str
    """Name of the secret."""
    form: str
    """The form it was in."""
    where: str
    """Where it was found."""


def pieces(value: bytes) -> Iterator[bytes]:
    """Consecutive pieces of a secret, and its end."""
    yield from (value[start : start + PIECE] for start in range(0, len(value) - PIECE + 1, PIECE))
    if len(value) % PIECE:
        yield value[-PIECE:]


def forms(piece: bytes) -> Iterator[tuple[str, bytes]]:
    """A piece in every form, as it looks in the middle of a longer text of that form."""
    yield "raw", piece
    yield "hex", piece.hex().encode()
    yield "hex upper", piece.hex().upper().encode()
    for separator in (" ", ":"):
        yield "hex", piece.hex(separator).encode()
    yield from (("base64", needle) for needle in _base64(piece))
    yield "url", quote_from_bytes(piece, safe="").encode()
    yield "url", quote_from_bytes(piece).encode()
    yield "url", quote_plus(piece).encode()
    yield "repr", repr(piece)[2:-1].encode()
    for text in _texts(piece):
        yield "raw", text.encode("utf-8", "surrogatepass")
        yield "json", json.dumps(text)[1:-1].encode()
        yield "json", json.dumps(text, ensure_ascii=False)[1:-1].encode("utf-8", "surrogatepass")
        yield "repr", repr(text)[1:-1].encode("utf-8", "surrogatepass")
        yield "repr", ascii(text)[1:-1].encode()
        yield "utf-16", text.encode("utf-16-le", "surrogatepass")
        yield "utf-16", text.encode("utf-16-be", "surrogatepass")
        yield "shell", shlex.quote(text).strip("'").encode("utf-8", "surrogatepass")


def _texts(piece: bytes) -> Iterator[str]:
    yield piece.decode("latin-1")
    for errors in ("replace", "backslashreplace", "surrogateescape"):
        yield piece.decode("utf-8", errors)


def _base64(piece: bytes) -> Iterator[bytes]:
    """The letters that depend on nothing but the piece, for each of the three places it may have in a longer text."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + piece)
        first = -(-before * 8 // 6)
        last = (before + len(piece)) * 8 // 6
        yield encoded[first:last]
        yield encoded[first:last].replace(b"+", b"-").replace(b"/", b"_")


def search(data: bytes, secrets: Iterable[Secret], where: str) -> list[Hit]:
    """Each secret and form that is in the data, once."""
    hits: dict[Hit, None] = {}
    folded = data.replace(b"\n", b"").replace(b"\r", b"")  # base64 and hex dumps are wrapped
    for secret in secrets:
        for form, needle in secret.needles:
            if needle in data or (form in ("base64", "hex", "hex upper") and needle in folded):
                hits[Hit(secret.name, form, where)] = None
    return list(hits)


def search_all(blobs: Mapping[str, bytes], secrets: Iterable[Secret]) -> list[Hit]:
    """The hits in several data; `blobs`: where -> data."""
    known = tuple(secrets)
    return [hit for where, data in blobs.items() for hit in search(data, known, where)]
