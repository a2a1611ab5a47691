"""Shell words: the one place where they are quoted."""

from __future__ import annotations

import shlex


def quote(word: str) -> str:
    """One word for a POSIX shell. A NUL cannot be passed to any program and raises ValueError."""
    if "\0" in word:
        raise ValueError("a shell word cannot hold a NUL")
    return shlex.quote(word)


def command(*words: str) -> str:
    """A command line of quoted words: `command("rm", "-f", "a b")` -> `rm -f 'a b'`."""
    return " ".join(quote(word) for word in words)
