"""What is done to every text on its way out of corotui: secrets are left out, then it is made visible. Pure."""

from __future__ import annotations

import json
from functools import lru_cache

from corotui.cluster.text.redaction import redact, redact_json
from corotui.cluster.text.visible import visible_json, visible_line, visible_text

_MAX_SHORT = 256  # characters of a line whose form is remembered


def outgoing_line(text: str) -> str:
    """A line for a terminal."""
    return _short_line(text) if len(text) <= _MAX_SHORT else visible_line(redact(text))


def outgoing_text(text: str) -> str:
    """Text of several lines for a terminal, a log file or the clipboard."""
    return visible_text(redact(text))


def outgoing_json(value: object) -> str:
    """A value as a JSON document on one line."""
    return visible_json(json.dumps(redact_json(value), ensure_ascii=False))


@lru_cache(maxsize=4096)
def _short_line(text: str) -> str:
    """A frame of the console has the same few hundred lines as the last one."""
    return visible_line(redact(text))
