"""Events that work reports while it runs: the console shows them, `--json` prints them, a line each."""

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
    SKIPPED = "skipped"  # nothing to do
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
    """Name of the node."""
    command: str
    """The command as the operator's log shows it."""
    run: int
    """Number of this execution of the command; its output and its end carry the same number."""
    script: str = ""
    """What `sh -s` reads on the node; "" for other commands and where the script holds a secret."""
    purpose: Purpose = Purpose.WORK
    """Why it runs."""
    merge_key: str = ""
    """Equal for the same command on several nodes, though each has a random word of its own; "" where unknown."""
    at: float = field(default_factory=time.time)
    """When it started, in Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandOutput:
    """A line that a streaming command printed, without control characters."""

    node: str
    """Name of the node."""
    run: int
    """Number of the run, as in CommandStarted."""
    text: str
    """The line."""
    at: float = field(default_factory=time.time)
    """When it arrived, in Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandEnded:
    """A command ended on a node, by itself or not."""

    node: str
    """Name of the node."""
    command: str
    """The command as the operator's log shows it."""
    run: int
    """Number of the run, as in CommandStarted."""
    exit_code: int | None
    """None where it was interrupted: a time limit, a lost connection, a signal."""
    seconds: float
    """How long it ran, in seconds."""
    error: str = ""
    """Why it was interrupted, "" where it ended by itself."""
    purpose: Purpose = Purpose.WORK
    """Why it ran."""
    at: float = field(default_factory=time.time)
    """When it ended, in Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepChanged:
    """A step of some work changed its state."""

    step: str
    """Name of the step: "stage", "test", "commit", "start", "ring", "fix" ..."""
    state: ProgressState
    """The new state."""
    node: str | None = None
    """Name of the node, None for the step as a whole."""
    detail: str = ""
    """What is waited for, or what went wrong."""
    limit: float | None = None
    """Seconds that the step may last, None without a limit."""
    at: float = field(default_factory=time.time)
    """When it changed, in Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeState:
    """The connection to a node changed its state."""

    node: str
    """Name of the node."""
    state: Connection
    """The new state of the connection."""
    detail: str = ""
    """The sentence of the error, "" without one."""
    at: float = field(default_factory=time.time)
    """When it changed, in Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRaised:
    """A check has a finding."""

    finding: Finding
    """The finding."""
    at: float = field(default_factory=time.time)
    """When it was raised, in Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A sentence for the operator."""

    text: str
    """The sentence."""
    node: str | None = None
    """Name of the node concerned, None for none in particular."""
    at: float = field(default_factory=time.time)
    """When it was said, in Unix seconds."""


Event = CommandStarted | CommandOutput | CommandEnded | StepChanged | NodeState | FindingRaised | Note
EventSink = Callable[[Event], None]
"""Takes events as they happen. `at` of each event is Unix seconds by this machine's clock."""


def ignore_event(event: Event) -> None:
    """An EventSink that drops all events."""


def to_json(event: Event) -> dict[str, object]:
    """The event as a JSON object: `{"event": "command-started", ...}`, its kind in kebab-case, then its fields."""
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
