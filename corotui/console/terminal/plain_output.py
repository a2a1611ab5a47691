"""Lines on stderr before the screen opens and after it has closed."""

from __future__ import annotations

import contextlib
import sys

from corotui.cluster.text.outgoing import outgoing_line


def print_line(text: str) -> None:
    """Prints a line, even if the terminal may be gone."""
    with contextlib.suppress(OSError, ValueError):
        print(outgoing_line(text), file=sys.stderr, flush=True)  # noqa: T201
