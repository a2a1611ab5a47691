"""What the editor shows about a text: all of it worked out anew at each key."""

from __future__ import annotations

from dataclasses import dataclass

from corotui import conf
from corotui.conf import Consequences, Diagnostic

DEFAULT_COROSYNC = "3.1.7"


@dataclass(frozen=True, slots=True)
class Reading:
    """A text, its diagnostics in the order of the file, and what it means."""

    data: bytes
    diagnostics: tuple[Diagnostic, ...]
    consequences: Consequences

    @property
    def errors(self) -> int:
        """How many diagnostics the daemon would refuse the file for, or that are errors all the same."""
        return sum(diagnostic.severity == "error" for diagnostic in self.diagnostics)


def read(data: bytes, *, corosync: str = DEFAULT_COROSYNC) -> Reading:
    """Total: any bytes."""
    document = conf.parse(data)
    return Reading(data, conf.check(document, corosync=corosync), conf.consequences(document, corosync=corosync))


def to_text(data: bytes) -> str | None:
    """The file as the editor holds it, None where the editor would not give the same bytes back: it is not UTF-8, or
    its lines do not all end alike."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    crlf = text.count("\r\n")
    if "\r" in text and (crlf != text.count("\r") or crlf != text.count("\n")):
        return None
    odd = any(ch in text for ch in "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\0\ufeff")
    return None if odd else text
