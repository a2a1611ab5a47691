"""An attack, and the text that no terminal should ever get from a node."""

from __future__ import annotations

from dataclasses import dataclass

EVIL = (
    r"\x1b]0;hostile\x07\x1b[31337m\x1b]52;c;aG9zdGlsZQ==\x07\x1bP1;2|x\x1b\\\x9b7m\xc2\x9b7m\xe2\x80\xae\xe2\x80\x8b"
    r"\xe2\x81\xa6\xf3\xa0\x81\x81\xef\xbb\xbf\xcd\x8f\x08\x0c\x0b\x7f\x1b[2J\x1b[6n"
)
"""Escape sequences, C1 as a byte and as UTF-8, bidi, zero-width, tag and joining characters, as perl and printf write
them: title, colour, clipboard, DCS, clear, report."""


@dataclass(frozen=True, slots=True)
class Attack:
    """One way of being hostile."""

    name: str
    """What the table calls it."""
    what: str
    """What it is, in a few words."""
    tools: tuple[str, ...] = ()
    """The programs that `body` replaces."""
    body: str = ""
    """sh of the replaced programs."""
    setup: str = ""
    """sh that root runs on the node before."""
    cleanup: str = ""
    """sh that root runs on the node afterwards. Files of `files` come back by themselves."""
    files: tuple[str, ...] = ()
    """Paths of files that `setup` changes; they are kept, and put back."""
