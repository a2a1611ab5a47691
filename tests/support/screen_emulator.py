"""As much of a terminal as it takes to read what the console writes: cursor moves, text, clearing; no styles."""

from __future__ import annotations

import re
from codecs import getincrementaldecoder

from rich.cells import cell_len

_TOKEN = re.compile(
    r"\x1b\[([?<>=]?)([0-9;]*)[ -/$]*([@-~])"  # CSI
    r"|\x1b[\]P^_X][^\x07\x1b]*(?:\x07|\x1b\\)"  # strings
    r"|\x1b(?![\[\]P^_X])[ -/]*[0-~]"
    r"|([\n\r\x08])"
    r"|([^\x00-\x1f\x7f]+)",
    re.DOTALL,
)


class Screen:
    """The text on a terminal's screen. `feed` takes output in pieces of any size."""

    def __init__(self, columns: int = 80, rows: int = 24) -> None:
        self._columns, self._rows = columns, rows
        self._cells = [[" "] * columns for _ in range(rows)]
        self._x = self._y = 0
        self._rest = ""
        self._decoder = getincrementaldecoder("utf-8")("replace")

    @property
    def lines(self) -> list[str]:
        """The lines, without blanks at their ends."""
        return ["".join(row).rstrip() for row in self._cells]

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.lines)

    @property
    def words(self) -> str:
        """The screen with each run of blanks as one."""
        return " ".join(self.text.split())

    def feed(self, data: bytes) -> None:
        """Takes output. A sequence or a character that is not complete waits for the rest."""
        text = self._rest + self._decoder.decode(data)
        escape = text.rfind("\x1b")
        end = escape if escape >= 0 and not _TOKEN.match(text, escape) else len(text)
        self._rest = text[end:]
        for match in _TOKEN.finditer(text[:end]):
            private, numbers, final, control, printed = match.groups()
            if printed:
                self._put(printed)
            elif control:
                self._control(control)
            elif final == "H" and not private:
                row, _, column = numbers.partition(";")
                self._y, self._x = int(row or 1) - 1, int(column or 1) - 1
            elif final == "J" or (private and final in "hl" and numbers == "1049"):
                self._cells = [[" "] * self._columns for _ in range(self._rows)]

    def _put(self, text: str) -> None:
        for ch in text:
            width = 1 if ch.isascii() else cell_len(ch)
            if 0 <= self._y < self._rows and 0 <= self._x < self._columns:
                row = self._cells[self._y]
                row[self._x] = ch
                for column in range(self._x + 1, min(self._x + width, self._columns)):
                    row[column] = ""
            self._x += width

    def _control(self, control: str) -> None:
        if control == "\n":
            self._y = min(self._y + 1, self._rows - 1)
        elif control == "\r":
            self._x = 0
        else:
            self._x = max(0, self._x - 1)
