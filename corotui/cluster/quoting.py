"""Quoting of words for a POSIX shell."""

from __future__ import annotations

import shlex


def quote(word: str) -> str:
    """Quotes one word. Raises ValueError for a NUL character, which no argument of a program can contain."""
    if "\0" in word:
        raise ValueError("a shell word cannot contain a NUL")
    return shlex.quote(word)


def command(*words: str) -> str:
    """Joins quoted words to a command line: `command("rm", "-f", "a b")` -> `rm -f 'a b'`."""
    return " ".join(quote(word) for word in words)
