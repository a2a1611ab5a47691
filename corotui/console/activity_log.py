"""The entries of the log. The same command on several nodes is one entry."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from corotui.cluster.events import (
    CommandEnded,
    CommandOutput,
    CommandStarted,
    Event,
    FindingRaised,
    NodeState,
    Note,
    ProgressState,
    StepChanged,
)
from corotui.cluster.text.bounded import lines_of

CAPACITY = 2000  # entries kept; the oldest output is dropped first
_MERGE_WINDOW = 1.0  # seconds within which the same command on another node joins an entry
_MERGE_DEPTH = 24  # newest entries that are searched for one to join

EntryKind = Literal["command", "output", "note", "needs", "bad"]


@dataclass(slots=True)
class LogEntry:
    """A command on one or more nodes, a line of its output, or a message."""

    kind: EntryKind
    """ "needs" and "bad" are messages that want attention, and that tell of a failure."""
    timestamp: float
    """When it started, in Unix seconds."""
    text: str
    """What the log shows, on one line."""
    nodes: tuple[str, ...] = ()
    """Names of the nodes it happened on; empty for this machine."""
    running: set[tuple[str, int]] = field(default_factory=set)
    """(node, number of the run) where the command has not ended."""
    seconds: float | None = None
    """How long the command took where it took longest; None while it has ended nowhere."""
    failed: str = ""
    """How the command failed; "" if it did not."""
    full_command: str = ""
    """The command with its script, in the form a shell takes."""
    merge_key: str = ""
    """Equal for the same command on different nodes."""


def summarize_command(command: str) -> str:
    """Returns the first line of a command, and how many more there are."""
    lines = [line for line in lines_of(command.strip()) if line.strip()]
    if not lines:
        return ""
    more = len(lines) - 1
    return f"{lines[0][:500]}  (+{more} lines)" if more else lines[0][:2000]


def command_with_script(command: str, script: str) -> str:
    """Returns the command in the form a shell takes, with the script it reads from stdin."""
    if not script:
        return command
    end = "END"
    while end in script:
        end += "_"
    return f"{command} <<'{end}'\n{script.rstrip()}\n{end}"


class ActivityLog:
    """Turns events into entries and keeps the newest ones."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.entries: list[LogEntry] = []
        self._capacity = capacity
        self._running: dict[tuple[str, int], LogEntry] = {}

    def add_event(self, event: Event) -> None:
        """Adds an event. Must be fast: it is called for every line that a build prints."""
        match event:
            case CommandStarted():
                self._command_started(event)
            case CommandOutput(node=node, text=text, at=at):
                self._append(LogEntry("output", at, text, (node,)))
            case CommandEnded():
                self._command_ended(event)
            case Note(text=text, node=node, at=at):
                self._append(LogEntry("note", at, text, (node,) if node else ()))
            case NodeState(node=node, state=state, detail=detail, at=at):
                kind: EntryKind = "bad" if state.is_down else "note"
                text = f"{state.value}: {detail}" if detail else state.value
                if not self._merge_into_recent(kind, text, node, at):
                    self._append(LogEntry(kind, at, text, (node,)))
            case StepChanged():
                self._step_changed(event)
            case FindingRaised(finding=finding, at=at):
                self._append(LogEntry("needs", at, finding.what, (finding.node,) if finding.node else ()))

    def add_message(self, text: str, timestamp: float, kind: EntryKind = "note") -> None:
        """Adds a sentence that the console showed. `timestamp` in Unix seconds."""
        self._append(LogEntry(kind, timestamp, text))

    def commands(self) -> list[LogEntry]:
        """Returns the entries without output, except the newest line while a command runs."""
        kept = [entry for entry in self.entries if entry.kind != "output"]
        if self._running and self.entries and self.entries[-1].kind == "output":
            kept.append(self.entries[-1])
        return kept

    def _append(self, entry: LogEntry) -> None:
        self.entries.append(entry)
        if len(self.entries) <= self._capacity:
            return
        # Output is dropped first, so that the commands stay readable when a build prints thousands of lines.
        drop_count = self._capacity // 4
        outputs = [index for index, old in enumerate(self.entries[:-1]) if old.kind == "output"][:drop_count]
        dropped = frozenset(outputs or range(drop_count))
        self.entries = [old for index, old in enumerate(self.entries) if index not in dropped]

    def _command_started(self, event: CommandStarted) -> None:
        run = (event.node, event.run)
        full_command = command_with_script(event.command, event.script)
        merge_key = event.merge_key or full_command
        entry = self._merge_into_recent("command", merge_key, event.node, event.at)
        if entry is None:
            text = summarize_command(event.command)
            if event.script:
                text += f"  (+{len(lines_of(event.script))} lines)"
            entry = LogEntry("command", event.at, text, (event.node,), full_command=full_command, merge_key=merge_key)
            self._append(entry)
        entry.running.add(run)
        self._running[run] = entry

    def _merge_into_recent(self, kind: EntryKind, merge_key: str, node: str, timestamp: float) -> LogEntry | None:
        """Adds the node to a recent entry that says the same of other nodes, and returns it; None if there is none."""
        for entry in self.entries[: -_MERGE_DEPTH - 1 : -1]:
            if (
                entry.kind == kind
                and abs(timestamp - entry.timestamp) <= _MERGE_WINDOW
                and node not in entry.nodes
                and entry.nodes
                and (entry.merge_key or entry.text) == merge_key
            ):
                entry.nodes += (node,)
                return entry
        return None

    def _command_ended(self, event: CommandEnded) -> None:
        run = (event.node, event.run)
        entry = self._running.pop(run, None)
        if entry is None:
            return
        entry.running.discard(run)
        entry.seconds = max(entry.seconds or 0.0, event.seconds)
        if event.exit_code != 0:
            outcome = event.error or ("interrupted" if event.exit_code is None else f"returned {event.exit_code}")
            entry.failed = f"{event.node} {outcome}" if len(entry.nodes) > 1 else outcome

    def _step_changed(self, event: StepChanged) -> None:
        if event.state is ProgressState.FAILED:
            text = f"{event.step} failed" + (f": {event.detail}" if event.detail else "")
            self._append(LogEntry("bad", event.at, text, (event.node,) if event.node else ()))
