"""Lines of a corosync.conf, lossless: every byte belongs to one line, and each line knows where its parts stand.

The text is the file read as latin-1, so that an offset into the text is an offset in bytes, and any bytes at all can be
read and given back. What a line means is decided as corosync 3 does (exec/coroparse.c, parse_section); the older
grammars in `grammar` differ only in lines that corosync 3 refuses.
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
    """One physical line. `start`, `end` are offsets into the text without the line's ending, `next` is where the
    following line starts. `key` is the option's or the section's name, `value` the option's value, both trimmed;
    `key_at`, `value_at` are their offsets (of where they would stand, if empty). `problem` is the daemon's own
    words when corosync 3 refuses the line as such, else ""."""

    number: int
    start: int
    end: int
    next_start: int
    kind: LineKind
    key: str = ""
    key_start: int = 0
    value: str = ""
    value_start: int = 0
    problem: str = ""


def split_lines(text: str, blanks: str = " \t") -> list[ConfLine]:
    """All lines of a text. `blanks` are the characters the daemon trims: from 3.1.8 on also the byte 0xA0."""
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
    """One line; `raw` is its text without the newline, `last` says that the file ends here without one."""
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
    body = body.removesuffix("\r").rstrip(blanks)
    naked = body.lstrip(blanks)
    if not naked:
        return ConfLine(number, start, end, after, "blank")
    if naked[0] == "#":
        return ConfLine(number, start, end, after, "comment")
    return _statement(body, naked, number, start, end, after, blanks)


def _statement(body: str, naked: str, number: int, start: int, end: int, after: int, blanks: str) -> ConfLine:
    key_at = start + len(body) - len(naked)
    brace = naked.find("{")
    if brace >= 0:
        rest = naked[brace + 1 :].lstrip(blanks)
        name = naked[:brace].rstrip(blanks + ":{") or naked[:1]
        if brace == 0:
            # The daemon never trims the first character, so "{ x" has the name "{" and "{x" has none.
            name = "{" if naked[1:2] and naked[1] in blanks else ""
        problem = MISSING_SECTION_NAME if not name else TEXT_AFTER_OPEN_BRACE if rest else ""
        return ConfLine(number, start, end, after, "open", name, key_at, rest, start + len(body) - len(rest), problem)
    colon = naked.find(":")
    if colon >= 0:
        value = naked[colon + 1 :].lstrip(blanks)
        key = naked[:colon].rstrip(blanks)
        if colon == 0 and naked[1:2] and naked[1] in blanks:
            key = ":"
        return ConfLine(number, start, end, after, "item", key, key_at, value, start + len(body) - len(value))
    if "}" in naked:
        return ConfLine(number, start, end, after, "close", problem="" if naked == "}" else TEXT_AROUND_CLOSE_BRACE)
    return ConfLine(number, start, end, after, "bad", problem=NOT_A_STATEMENT)


def to_display(text: str) -> str:
    """Text of the file for people: read as UTF-8 where it is UTF-8, else as latin-1."""
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except (UnicodeDecodeError, UnicodeEncodeError):
        return text


def to_utf8(text: str) -> str:
    """Text of the file to be written again: `raw` gives back the same bytes, whatever they are."""
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "surrogateescape")


def to_latin1(text: str) -> str:
    """The reverse of `show` and `exact`: what a text becomes inside the file."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")
