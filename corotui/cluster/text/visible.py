"""Text as a terminal may have it. Pure.

A string may come from a node, a mirror or a file, and may hold anything. Where it leaves for a terminal, each character
that the terminal would obey, hide, reorder or draw over another one is replaced by its code point in ASCII: `\\x1b`,
`<U+202E>`. Nothing is removed, so that the operator sees that something odd was said. A character that passes for
another one inside a word (`lookalikes`) is replaced, too.

Shown as they are: letters, digits, punctuation and symbols of all scripts, and the blank. Combining marks are not: they
are drawn over their neighbour, names in corosync.conf are ASCII, and text in a composed form (NFC) needs few of them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from corotui.cluster.text.lookalikes import BLANK_LETTERS, MAX_KNOWN, always_passes, lookalikes

_ASCII_IN_LINE = bytes(range(0x20, 0x7F))
_ASCII_IN_TEXT = _ASCII_IN_LINE + b"\n\t"
_REPLACEMENT = "\ufffd"


class _Forms(dict[int, str | int]):
    """What is written for a code point, for `str.translate`; filled as characters are met."""

    def __init__(self, code_point: Callable[[str], str]) -> None:
        super().__init__()
        self.code_point = code_point

    def __missing__(self, number: int) -> str | int:
        character = chr(number)
        kept = character in "\n\t" or (is_plain(character) and not always_passes(character))
        if len(self) >= MAX_KNOWN:
            self.clear()
        form = self[number] = number if kept else self.code_point(character)
        return form


def is_plain(character: str) -> bool:
    """Whether a terminal draws the character as one glyph of its own, and obeys nothing."""
    if " " <= character <= "~":
        return True
    return unicodedata.category(character)[0] in "LNPS" and character not in BLANK_LETTERS


def code_point(character: str) -> str:
    """ "\\x1b" for a control character, "\\xff" for a byte that is not UTF-8 (`surrogateescape`), else "<U+202E>"."""
    number = ord(character)
    if 0xDC80 <= number <= 0xDCFF:
        return f"\\x{number - 0xDC00:02x}"
    if unicodedata.category(character) != "Cc":
        return f"<U+{number:04X}>"
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character, f"\\x{number:02x}")


def visible_text(text: str) -> str:
    """Text of several lines, safe on a terminal. Newlines and tabs stay."""
    return _shown(text, _ASCII_IN_TEXT, _TERMINAL)


def visible_line(text: str) -> str:
    """Text safe on a terminal, on one line: newlines and tabs become blanks."""
    if text.isascii() and text.isprintable():
        return text
    if "\n" in text or "\t" in text:
        text = text.replace("\r\n", " ").replace("\n", " ").replace("\t", " ")
    return _shown(text, _ASCII_IN_LINE, _TERMINAL)


def visible_json(document: str) -> str:
    """A JSON document, safe on a terminal and with the same value: in place of a code point it has `\\u202e`."""
    return _shown(document, _ASCII_IN_LINE, _JSON)


def visible_bytes(data: bytes) -> str:
    """Output of a program as text of several lines, safe on a terminal. U+FFFD stands for what is not UTF-8."""
    return visible_text(data.decode("utf-8", "replace"))


def same_length(text: str) -> str:
    """Text safe on a terminal, on one line, with U+FFFD for each character that is not plain. For editors, where the
    position of a character matters; tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(each if each == "\t" or is_plain(each) else _REPLACEMENT for each in text)


def display_width(text: str) -> int:
    """Cells that visible text takes on a terminal: two for a wide character."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def cut_to_width(text: str, width: int) -> str:
    """The longest beginning of visible text that takes at most `width` cells."""
    if text.isascii():
        return text[: max(0, width)]
    for index, each in enumerate(text):
        width -= display_width(each)
        if width < 0:
            return text[:index]
    return text


def _shown(text: str, plain: bytes, forms: _Forms) -> str:
    if not text.isascii():
        return lookalikes(text, forms.code_point).translate(forms)
    return text.translate(forms) if text.encode().translate(None, plain) else text


def _json_escape(character: str) -> str:
    number = ord(character)
    if number < 0x10000:
        return f"\\u{number:04x}"
    number -= 0x10000  # a pair of surrogates, as JSON writes what lies beyond 16 bits (RFC 8259, 7)
    return f"\\u{0xD800 + (number >> 10):04x}\\u{0xDC00 + (number & 0x3FF):04x}"


_TERMINAL = _Forms(code_point)
_JSON = _Forms(_json_escape)
