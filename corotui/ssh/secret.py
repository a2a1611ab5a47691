"""A password or a passphrase in memory, in one buffer that is overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


class Secret:
    """Holds what the operator typed until it is no longer needed.

    `wipe` overwrites it; so does the end of the last reference. It cannot be copied, pickled or printed.

    What Python does not let us overwrite: the strings that Textual makes of what is typed in the console, the string
    that asyncssh wants for a login password or a passphrase (`text`), and the packets that asyncssh and OpenSSL make.
    They are freed, and stay in the process until something else is written there.
    """

    __slots__ = ("__weakref__", "_data")

    def __init__(self, data: bytearray) -> None:
        """Takes the buffer over: the caller keeps no copy."""
        self._data = data

    @classmethod
    def from_text(cls, text: str) -> Secret:
        """Returns a secret with the text as UTF-8. The text itself cannot be overwritten."""
        # `text.encode()` would leave one more copy; one character is too little to matter
        data = bytearray(sum(len(character.encode("utf-8", "replace")) for character in text))
        end = 0
        for character in text:
            piece = character.encode("utf-8", "replace")
            data[end : end + len(piece)] = piece
            end += len(piece)
        return cls(data)

    def __bool__(self) -> bool:
        return bool(self._data)

    def __repr__(self) -> str:
        return "Secret(…)"

    def __del__(self) -> None:
        self.wipe()

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Secret is neither copied nor pickled")

    def text(self) -> str:
        """Returns it as a string, for a library that takes nothing else. Keep the string no longer than needed."""
        try:
            return self._data.decode()
        except UnicodeDecodeError:
            return self._data.decode("latin-1")  # what a terminal that is not UTF-8 most likely meant

    @contextmanager
    def line(self) -> Iterator[bytearray]:
        """Yields it with a newline, in a buffer that is overwritten afterwards."""
        line = bytearray(len(self._data) + 1)
        try:
            line[:-1] = self._data
            line[-1] = ord("\n")
            yield line
        finally:
            overwrite(line)

    def wipe(self) -> None:
        """Overwrites it; it is empty then."""
        overwrite(self._data)
        self._data = bytearray()


def overwrite(buffer: bytearray) -> None:
    """Fills the buffer with zeros, where it is."""
    for index in range(len(buffer)):
        buffer[index] = 0
