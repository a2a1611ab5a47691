"""What the editor shows about a text: all of it worked out anew at each key."""

from __future__ import annotations

from dataclasses import dataclass

from corotui import conf
from corotui.cluster.finding import Severity
from corotui.conf import ConfEffects, Diagnostic, Document, Environment
from corotui.conf.constants import DEFAULT_RELEASE
from corotui.conf.version import Version

_MAX_EDITABLE = 1_000_000  # bytes of a file that can be edited here


@dataclass(frozen=True, slots=True)
class ConfAnalysis:
    """A text, its diagnostics in the order of the file, and what it means."""

    document: Document
    target_release: Version
    diagnostics: tuple[Diagnostic, ...]
    effects: ConfEffects

    @property
    def errors(self) -> int:
        """How many diagnostics are errors: the daemon refuses the file, or it would not do what it says."""
        return sum(diagnostic.severity is Severity.ERROR for diagnostic in self.diagnostics)


def analyse(
    data: bytes, *, target_release: Version = DEFAULT_RELEASE, environment: Environment | None = None
) -> ConfAnalysis:
    """Total: any bytes."""
    document = conf.parse(data)
    found = conf.check(document, release=target_release, environment=environment or Environment())
    return ConfAnalysis(document, target_release, found, conf.compute_effects(document, release=target_release))


def to_text(data: bytes) -> str | None:
    """The file as the editor holds it, None where the editor would not give the same bytes back: it is not UTF-8, or
    its lines do not all end alike, or it is too long to be typed in."""
    if len(data) > _MAX_EDITABLE:
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
