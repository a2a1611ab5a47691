"""Picks from the output of a package manager the sentences that say what is wrong.

The place for a message of apt, dpkg, dnf, yum or zypper that is not understood yet.
"""

from __future__ import annotations

from corotui.cluster.text.bounded import lines_of

_REASONS = ("E:", "Error", "error:", "Problem", "dpkg: error", "No space")
"""How lines begin in which a package manager says why it failed."""

_UNMET = ("Depends:", "nothing provides", "o space left", "is not signed")
"""What lines contain that name the missing or refused thing itself. They come first."""

_MAX_SENTENCES = 4
_MAX_CHARACTERS = 600


def error_summary(text: str) -> str:
    """The package manager's own sentences about the problem, else its last three lines. At most 600 characters."""
    lines = [line.strip() for line in lines_of(text) if line.strip()]
    reasons = [line for line in lines if line.startswith(_REASONS)]
    unmet = [line for line in lines if any(phrase in line for phrase in _UNMET)]
    sentences = list(dict.fromkeys([*unmet, *reasons]))[:_MAX_SENTENCES] or lines[-3:]
    return " ".join(sentences)[:_MAX_CHARACTERS] or "it gave no reason."
