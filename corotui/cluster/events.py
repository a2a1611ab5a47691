"""What engines report while they work; the console paints it, `--json` prints it, a line each."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from corotui.cluster.finding import Finding


class Purpose(StrEnum):
    """Why a command runs on a node. It decides what of the command the operator's log shows."""

    WORK = "work"
    """The default: the log shows the command, and the script that `sh -s` reads."""
    POLL = "poll"
    """The same question again and again, about once a second. It stays out of the log, where it would hide the rest."""
    SECRET = "secret"  # noqa: S105 - a kind of command
    """Input or output is a secret: neither reaches a report, the log or an exception."""


class ProgressState(StrEnum):
    """State of a step, of a whole run or on one node."""

    TODO = "todo"
    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"  # was so already, nothing to do
    WAITING = "waiting"  # waits for something that `detail` names
    FAILED = "failed"


class Connection(StrEnum):
    """State of the connection to a node."""

    UNKNOWN = "unknown"  # not opened yet
    CONNECTING = "connecting"
    CONNECTED = "connected"
    FAILED = "failed"  # could not be opened
    LOST = "lost"  # was open and ended by itself

    @property
    def is_down(self) -> bool:
        """Whether it could not be opened or was lost."""
        return self in (Connection.FAILED, Connection.LOST)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandStarted:
    """A command starts on a node."""

    node: str
    command: str
    run: int
    """Number of this run, the same in the events of its start, its output and its end."""
    script: str = ""
    """What `sh -s` reads on the node; "" for other commands and where the script holds a secret."""
    purpose: Purpose = Purpose.WORK
    merge_key: str = ""
    """Equal for the same command on several nodes, though each has a random word of its own; "" where unknown."""
    at: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandOutput:
    """A line that a streaming command printed, without control characters."""

    node: str
    run: int
    text: str
    at: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandEnded:
    """A command ended on a node, by itself or not."""

    node: str
    command: str
    run: int
    exit_code: int | None
    """None where it was cut off: a time limit, a lost connection, a signal."""
    seconds: float
    error: str = ""
    """Why it was cut off, "" where it ended by itself."""
    purpose: Purpose = Purpose.WORK
    at: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepChanged:
    """`step` is a step of the engine ("stage", "test", "commit", "start", "ring"); node None: the step as a whole.
    `detail` names what is waited for or what went wrong; `limit` is how long it may last, in seconds, or None."""

    step: str
    state: ProgressState
    node: str | None = None
    detail: str = ""
    limit: float | None = None
    at: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeState:
    """The connection to a node: connecting, connected, failed, lost; `detail` is the error's sentence."""

    node: str
    state: Connection
    detail: str = ""
    at: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRaised:
    finding: Finding
    at: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A sentence for the operator."""

    text: str
    node: str | None = None
    at: float = field(default_factory=time.time)


Event = CommandStarted | CommandOutput | CommandEnded | StepChanged | NodeState | FindingRaised | Note
EventSink = Callable[[Event], None]


def ignore_event(event: Event) -> None:
    """A `Report` for nobody."""


def to_json(event: Event) -> dict[str, object]:
    """`{"event": "command-started", ...}`: the kind in kebab-case, then the fields."""
    name = type(event).__name__
    kind = "".join("-" + ch.lower() if ch.isupper() else ch for ch in name).lstrip("-")
    out: dict[str, object] = {"event": kind}
    for slot in event.__slots__:
        value = getattr(event, slot)
        if isinstance(value, Finding):
            value = value.to_json()
        elif isinstance(value, StrEnum):
            value = value.value
        out[slot] = value
    return out
