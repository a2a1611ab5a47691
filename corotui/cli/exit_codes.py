"""The exit codes of the command line. Errors carry theirs in `errors.CorotuiError.exit_code`; a test compares both."""

from __future__ import annotations

from typing import Final

DONE: Final = 0
"""The work is done and nothing is wrong."""

FAILED: Final = 1
"""There are findings of severity error, or the work failed."""

USAGE: Final = 2
"""Wrong arguments, or a file of the operator's that cannot be used."""

UNREACHABLE: Final = 3
"""A node could not be reached."""

REFUSED: Final = 4
"""Deliberately refused; nothing was changed."""

INTERRUPTED: Final = 130
"""Stopped by a signal, at a safe point where work was under way."""

BROKEN_PIPE: Final = 141
"""The reader of stdout went away."""
