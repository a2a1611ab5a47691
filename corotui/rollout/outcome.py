"""The result of a rollout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from corotui.ring.model import Ring


class RolloutStatus(StrEnum):
    """How a rollout ended."""

    NOTHING = "nothing"
    """There was nothing to change."""
    DONE = "done"
    FAILED = "failed"
    """The files are in place, and the ring is not as it should be."""
    UNDONE = "undone"
    """It failed, and all nodes are as before."""
    FORGOTTEN = "forgotten"
    """It was closed without being finished or undone; nodes stay as they are."""
    INTERRUPTED = "interrupted"
    """It was stopped at a safe point."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a rollout that changed something, or had nothing to change."""

    status: RolloutStatus
    """How it ended."""
    what: str
    """What happened, one or two sentences."""
    ring: Ring | None = None
    """The ring at the end, None if it was not asked."""
    problems: Mapping[str, str] = field(default_factory=dict)
    """Node -> what it lacks of a healthy ring."""
    recent_logs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Node -> the lines of corosync's log that say why it failed, oldest first."""
    generation: int | None = None
    """The number under which the configuration is kept."""
    next_step: str = ""
    """What the operator can do now, or ""."""

    @property
    def healthy(self) -> bool:
        """Whether the ring was asked and is healthy."""
        return self.ring is not None and self.ring.healthy

    def to_json(self) -> dict[str, object]:
        """Returns the outcome as one JSON object."""
        return {
            "result": self.status.value,
            "what": self.what,
            "healthy": self.healthy,
            "missing": dict(self.problems),
            "said": {node: list(lines) for node, lines in self.recent_logs.items()},
            "generation": self.generation,
            "next": self.next_step,
            "ring": self.ring.to_json() if self.ring else None,
        }
