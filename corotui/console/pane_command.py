"""Commands of a pane that can also be typed after `:`."""

from __future__ import annotations

from enum import Enum, auto


class PaneCommand(Enum):
    """What `ConsoleActions.run_pane_command` asks a pane to do, after it has been shown."""

    RECOVER = auto()
    """Finish or undo an interrupted rollout."""
    FORGET = auto()
    """Close an interrupted rollout that can be neither finished nor undone."""
    RESTORE = auto()
    """Roll an earlier configuration out again."""
