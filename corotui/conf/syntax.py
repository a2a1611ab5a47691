"""Lines of a corosync.conf, lossless: every byte belongs to one line, and each line knows the offsets of its parts.

The text is the file decoded as latin-1, so an offset into the text is an offset in bytes and any bytes survive a round
trip. Lines are read as corosync 3 reads them (exec/coroparse.c, parse_section). The older grammars (`daemon.parser`)
differ only in lines that corosync 3 refuses.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

LineKind = Literal["blank", "comment", "open", "item", "close", "bad"]

# The buffer of fgets is 512 bytes: 510 for the text, one for the newline, one for the closing NUL.
MAX_LINE_LENGTH: Final = 510

LINE_TOO_LONG: Final = "Line too long"
MISSING_SECTION_NAME: Final = "Missing section name before opening bracket '{'"
TEXT_AFTER_OPEN_BRACE: Final = "Extra characters after opening bracket '{'"
TEXT_AROUND_CLOSE_BRACE: Final = "Extra characters before or after closing bracket '}'"
NOT_A_STATEMENT: Final = "Line is not opening or closing section or key value"
PROBLEM_CODES: Final = {
    LINE_TOO_LONG: "line-too-long",
    MISSING_SECTION_NAME: "section-name-missing",
    TEXT_AFTER_OPEN_BRACE: "after-open-brace",
    TEXT_AROUND_CLOSE_BRACE: "around-close-brace",
    NOT_A_STATEMENT: "bare-word",
}


class ConfLine(NamedTuple):
    """One physical line."""

    number: int
    """Number of the line, from 1."""
    start: int
    """Offset of its first byte."""
    end: int
    """Offset after its last byte, without the line ending."""
    next_start: int
    """Offset of the next line."""
    kind: LineKind
    key: str = ""
    """Name of the option or the section, trimmed."""
    key_start: int = 0
    """Offset of the key; of the place where it would be, if it is empty."""
    value: str = ""
    """Value of the option, trimmed."""
    value_start: int = 0
    """Offset of the value; of the place where it would be, if it is empty."""
    problem: str = ""
    """The daemon's message where corosync 3 refuses the line as such, else ""."""


def split_lines(text: str, blanks: str = " \t") -> list[ConfLine]:
    """Splits a text into lines. `blanks` are the characters that the daemon trims: from 3.1.8 on also the byte 0xA0."""
    lines: list[ConfLine] = []
    start = 0
    number = 0
    length = len(text)
    while start < length:
        number += 1
        end = text.find("\n", start)
        if end < 0:
            end = after = length
        else:
            after = end + 1
        lines.append(parse_line(text[start:end], number, start, after, blanks, last=after == end))
        start = after
    return lines


def parse_line(raw: str, number: int, start: int, after: int, blanks: str = " \t", *, last: bool = False) -> ConfLine:
    """Parses one line. `raw` is its text without the newline; `last`: the file ends here without a newline."""
    end = start + len(raw)
    if len(raw) > MAX_LINE_LENGTH and raw[0] == "\0":
        # A full buffer that starts with a NUL counts as a blank line; what follows it is a line of its own.
        skip = 0
        while len(raw) - skip > MAX_LINE_LENGTH and raw[skip] == "\0":
            skip += MAX_LINE_LENGTH + 1
        return parse_line(raw[skip:], number, start + skip, after, blanks, last=last)._replace(start=start)
    if len(raw) > MAX_LINE_LENGTH:
        return ConfLine(number, start, end, after, "bad", problem=LINE_TOO_LONG)
    body = raw
    if "\0" in raw:
        # C strings end at the NUL. With nothing before it the line is blank; else no newline is seen at its end.
        body = raw[: raw.index("\0")]
        if body and not last:
            return ConfLine(number, start, end, after, "bad", problem=LINE_TOO_LONG)
    return _parse_body(body.removesuffix("\r").rstrip(blanks), number, start, end, after, blanks)


def _parse_body(body: str, number: int, start: int, end: int, after: int, blanks: str) -> ConfLine:
    stripped = body.lstrip(blanks)
    if not stripped:
        return ConfLine(number, start, end, after, "blank")
    if stripped[0] == "#":
        return ConfLine(number, start, end, after, "comment")
    key_start = start + len(body) - len(stripped)
    brace = stripped.find("{")
    if brace >= 0:
        rest = stripped[brace + 1 :].lstrip(blanks)
        name = stripped[:brace].rstrip(blanks + ":{") or stripped[:1]
        if brace == 0:
            # The daemon never trims the first character, so "{ x" has the name "{" and "{x" has none.
            name = "{" if stripped[1:2] and stripped[1] in blanks else ""
        problem = MISSING_SECTION_NAME if not name else TEXT_AFTER_OPEN_BRACE if rest else ""
        return ConfLine(
            number, start, end, after, "open", name, key_start, rest, start + len(body) - len(rest), problem
        )
    colon = stripped.find(":")
    if colon >= 0:
        value = stripped[colon + 1 :].lstrip(blanks)
        key = stripped[:colon].rstrip(blanks)
        if colon == 0 and stripped[1:2] and stripped[1] in blanks:
            key = ":"
        return ConfLine(number, start, end, after, "item", key, key_start, value, start + len(body) - len(value))
    if "}" in stripped:
        return ConfLine(number, start, end, after, "close", problem="" if stripped == "}" else TEXT_AROUND_CLOSE_BRACE)
    return ConfLine(number, start, end, after, "bad", problem=NOT_A_STATEMENT)


def to_display(text: str) -> str:
    """Decodes text of the file for people: as UTF-8 where it is UTF-8, else as latin-1."""
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except (UnicodeDecodeError, UnicodeEncodeError):
        return text


def to_utf8(text: str) -> str:
    """Decodes text of the file so that `to_latin1` gives back the same bytes, whatever they are."""
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "surrogateescape")


def to_latin1(text: str) -> str:
    """Encodes a text for the file: the reverse of `to_display` and `to_utf8`."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")
