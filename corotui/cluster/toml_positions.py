"""Finds the line of each key in a TOML text, which tomllib does not report."""

from __future__ import annotations

import re
from collections.abc import Mapping

KeyPath = tuple[str | int, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'')
_STRING = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|' + _QUOTED.pattern, re.DOTALL)
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)+")
_SCALAR = re.compile(r"[^,\]}#\n]+")
_SPACE = re.compile(r"[ \t]*")


def locate_keys(text: str) -> Mapping[KeyPath, int]:
    """The line (from 1) of each table and key, by path: ("node", 0, "host") -> 12.

    The text has to be valid TOML. Never raises: a text that the scanner does not understand gives fewer entries.
    """
    scanner = _Scanner(text)
    try:
        scanner.document()
    except (_ScanError, RecursionError):
        pass
    return scanner.lines


class _ScanError(Exception):
    """The scanner does not understand the text."""


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[KeyPath, int] = {}
        self._arrays: dict[KeyPath, int] = {}
        self._counted_to = 0
        self._line = 1

    def document(self) -> None:
        table: KeyPath = ()
        while not self._end():
            if self.text.startswith("[", self.at):
                table = self._header()
            else:
                self._pair(table)

    def _end(self) -> bool:
        self._skip(_BLANK)
        return self.at >= len(self.text)

    def _header(self) -> KeyPath:
        line, array = self._current_line(), self.text.startswith("[[", self.at)
        self.at += 2 if array else 1
        path = self._resolve((), self._key())
        self._expect("]]" if array else "]")
        if array:
            count = self._arrays.get(path, 0)
            self._arrays[path] = count + 1
            self.lines.setdefault(path, line)
            path = (*path, count)
        self._mark((), path, line)
        return path

    def _pair(self, table: KeyPath) -> None:
        line = self._current_line()
        keys = self._key()
        self._expect("=")
        path = self._resolve(table, keys)
        self._mark(table, path, line)
        self._skip(_SPACE)
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        opening = self.text[self.at : self.at + 1]
        if opening == "[":
            self._items(path)
        elif opening == "{":
            self.at += 1
            while not self._closed("}"):
                self._pair(path)
                self._comma()
        elif not self._skip(_STRING) and not self._skip(_SCALAR):
            raise _ScanError

    def _items(self, path: KeyPath) -> None:
        self.at += 1
        index = 0
        while not self._closed("]"):
            item = (*path, index)
            self.lines.setdefault(item, self._current_line())
            self._value(item)
            self._comma()
            index += 1

    def _key(self) -> KeyPath:
        parts: list[str] = []
        while True:
            self._skip(_SPACE)
            match = _BARE.match(self.text, self.at) or _QUOTED.match(self.text, self.at)
            if match is None:
                raise _ScanError
            word = match.group()
            parts.append(word[1:-1] if word[0] in "\"'" else word)
            self.at = match.end()
            self._skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return tuple(parts)
            self.at += 1

    def _resolve(self, table: KeyPath, keys: KeyPath) -> KeyPath:
        """The full path of a key; an array of tables within it means its last table."""
        path = table
        for number, key in enumerate(keys):
            path = (*path, key)
            if number < len(keys) - 1 and path in self._arrays:
                path = (*path, self._arrays[path] - 1)
        return path

    def _mark(self, table: KeyPath, path: KeyPath, line: int) -> None:
        for length in range(len(table) + 1, len(path) + 1):
            self.lines.setdefault(path[:length], line)

    def _closed(self, bracket: str) -> bool:
        self._skip(_BLANK)
        if self.at >= len(self.text):
            raise _ScanError
        if self.text[self.at] == bracket:
            self.at += 1
            return True
        return False

    def _comma(self) -> None:
        self._skip(_BLANK)
        if self.text.startswith(",", self.at):
            self.at += 1

    def _expect(self, word: str) -> None:
        self._skip(_SPACE)
        if not self.text.startswith(word, self.at):
            raise _ScanError
        self.at += len(word)

    def _skip(self, pattern: re.Pattern[str]) -> bool:
        match = pattern.match(self.text, self.at)
        if match is None:
            return False
        self.at = match.end()
        return True

    def _current_line(self) -> int:
        self._line += self.text.count("\n", self._counted_to, self.at)
        self._counted_to = self.at
        return self._line
