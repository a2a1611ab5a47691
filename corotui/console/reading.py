"""What the editor shows about a text: all of it worked out anew at each key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from corotui import conf
from corotui.conf import Consequences, Diagnostic, Document, Surroundings
from corotui.conf.version import version
from corotui.errors import UsageError
from corotui.facts.model import NodeFacts

DEFAULT_COROSYNC = "3.1.7"
_LONGEST = 1_000_000  # bytes of a file that can be edited here


@dataclass(frozen=True, slots=True)
class Reading:
    """A text, its diagnostics in the order of the file, and what it means."""

    document: Document
    corosync: str
    diagnostics: tuple[Diagnostic, ...]
    consequences: Consequences

    @property
    def errors(self) -> int:
        """How many diagnostics are errors: the daemon refuses the file, or it would not do what it says."""
        return sum(diagnostic.severity == "error" for diagnostic in self.diagnostics)


def read(data: bytes, *, corosync: str = DEFAULT_COROSYNC, around: Surroundings | None = None) -> Reading:
    """Total: any bytes."""
    document = conf.parse(data)
    found = conf.check(document, corosync=corosync, surroundings=around or Surroundings())
    return Reading(document, corosync, found, conf.consequences(document, corosync=corosync))


def release_of(facts: Iterable[NodeFacts], coming: str = DEFAULT_COROSYNC) -> str:
    """The oldest corosync among the nodes, for which the file is judged; `coming` where none has any yet."""
    found = []
    for one in facts:
        try:
            found.append((version(one.corosync.version), one.corosync.version))
        except UsageError:
            continue
    return min(found)[1] if found else coming


def to_text(data: bytes) -> str | None:
    """The file as the editor holds it, None where the editor would not give the same bytes back: it is not UTF-8, or
    its lines do not all end alike, or it is too long to be typed in."""
    if len(data) > _LONGEST:
        return None
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    crlf = text.count("\r\n")
    if "\r" in text and (crlf != text.count("\r") or crlf != text.count("\n")):
        return None
    odd = any(ch in text for ch in "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\0\ufeff")
    return None if odd else text
