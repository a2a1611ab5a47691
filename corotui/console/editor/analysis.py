"""What the editor shows about a text. It is computed anew at each key: about 2 ms for 32 nodes."""

from __future__ import annotations

from dataclasses import dataclass

from corotui import conf
from corotui.cluster.finding import Severity
from corotui.conf import ConfEffects, Diagnostic, Document, Environment
from corotui.conf.constants import DEFAULT_RELEASE
from corotui.conf.version import Version

_MAX_EDITABLE = 1_000_000  # bytes; a longer file is only shown


@dataclass(frozen=True, slots=True)
class ConfAnalysis:
    """A parsed text with everything that the editor shows about it."""

    document: Document
    """The parsed text."""
    target_release: Version
    """The corosync release that the text is checked for."""
    diagnostics: tuple[Diagnostic, ...]
    """In the order of their lines."""
    effects: ConfEffects
    """What the text means for the cluster: timeouts, votes, links."""

    @property
    def errors(self) -> int:
        """How many diagnostics are errors: the daemon refuses the file, or does not do what it says."""
        return sum(diagnostic.severity is Severity.ERROR for diagnostic in self.diagnostics)


def analyse(
    data: bytes, *, target_release: Version = DEFAULT_RELEASE, environment: Environment | None = None
) -> ConfAnalysis:
    """Parses and checks any bytes. Never raises."""
    document = conf.parse(data)
    diagnostics = conf.check(document, release=target_release, environment=environment or Environment())
    return ConfAnalysis(document, target_release, diagnostics, conf.compute_effects(document, release=target_release))


def to_text(data: bytes) -> str | None:
    """Decodes a file for the editor.

    Returns None where the editor would not give the same bytes back, because the file is not UTF-8, mixes line
    endings or holds characters that the editor takes for line ends; and where it is longer than 1 MB.
    """
    if len(data) > _MAX_EDITABLE:
        return None
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    crlf = text.count("\r\n")
    if "\r" in text and (crlf != text.count("\r") or crlf != text.count("\n")):
        return None
    altered = any(character in text for character in "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\0\ufeff")
    return None if altered else text
