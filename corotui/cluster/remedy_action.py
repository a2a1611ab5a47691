"""What a remedy does that no command on one node can do. Each action is carried out before the remedy's commands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CopyAuthkey:
    """Copies the authkey of another node onto the remedy's node; it passes through memory only."""

    source: str
    """Name of the node that has the right key."""

    def to_json(self) -> str:
        """The action as a string."""
        return f"copy-authkey:{self.source}"


@dataclass(frozen=True, slots=True)
class CopyConf:
    """Copies a corosync.conf onto the remedy's node."""

    source: str | None
    """Name of the node that has the right file, None for the file in the cluster directory."""

    def to_json(self) -> str:
        """The action as a string."""
        return f"copy-conf:{self.source or ''}"


@dataclass(frozen=True, slots=True)
class RollOut:
    """Rolls the corosync.conf of the cluster directory out to all nodes."""

    def to_json(self) -> str:
        """The action as a string."""
        return "apply"


RemedyAction = CopyAuthkey | CopyConf | RollOut
