"""What the log pane shows: events of the engines, the same command on several nodes as one entry, bounded."""

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

CAPACITY = 2000  # entries kept; of more, the oldest output goes first
_MERGE_WINDOW = 1.0  # seconds: the same command within this time on another node is the same entry
_MERGE_DEPTH = 24  # entries searched for that

EntryKind = Literal["command", "output", "note", "needs", "bad"]


@dataclass(slots=True)
class LogEntry:
    """`nodes`: where; empty for this machine. `failed`: how it ended when not with 0. `seconds`: the longest. `full`: a
    command as a shell takes it, its script included. `same`: what it has in common with that of another node."""

    kind: EntryKind
    timestamp: float
    text: str
    nodes: tuple[str, ...] = ()
    running: set[tuple[str, int]] = field(default_factory=set)
    seconds: float | None = None
    failed: str = ""
    full_command: str = ""
    merge_key: str = ""


def summarize_command(command: str) -> str:
    """The first line of a command, and how many more there are."""
    lines = [line for line in command.strip().splitlines() if line.strip()]
    if not lines:
        return ""
    more = len(lines) - 1
    return f"{lines[0][:500]}  (+{more} lines)" if more else lines[0][:2000]


def command_with_script(command: str, script: str) -> str:
    """The command as a shell takes it, with what it reads."""
    if not script:
        return command
    end = "END"
    while end in script:
        end += "_"
    return f"{command} <<'{end}'\n{script.rstrip()}\n{end}"


class ActivityLog:
    """Takes events, keeps the last entries. `version` grows at each change."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.entries: list[LogEntry] = []
        self.version = 0
        self._capacity = capacity
        self._running: dict[tuple[str, int], LogEntry] = {}

    def add_event(self, event: Event) -> None:
        """Takes one event in; cheap, it is called for every line that a build prints."""
        self.version += 1
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
        """A sentence of the console itself, so that it is not lost with the line that showed it."""
        self.version += 1
        self._append(LogEntry(kind, timestamp, text))

    def commands(self) -> list[LogEntry]:
        """Without output, except the newest line of what still runs."""
        kept = [entry for entry in self.entries if entry.kind != "output"]
        if self._running and self.entries and self.entries[-1].kind == "output":
            kept.append(self.entries[-1])
        return kept

    def _append(self, entry: LogEntry) -> None:
        self.entries.append(entry)
        if len(self.entries) <= self._capacity:
            return
        # Output goes first, so that a build that prints thousands of lines leaves the commands to be read.
        spare = self._capacity // 4
        outputs = [index for index, old in enumerate(self.entries[:-1]) if old.kind == "output"][:spare]
        gone = frozenset(outputs or range(spare))
        self.entries = [old for index, old in enumerate(self.entries) if index not in gone]

    def _command_started(self, event: CommandStarted) -> None:
        mark = (event.node, event.run)
        full = command_with_script(event.command, event.script)
        same = event.merge_key or full
        entry = self._merge_into_recent("command", same, event.node, event.at)
        if entry is None:
            text = summarize_command(event.command)
            if event.script:
                text += f"  (+{len(event.script.splitlines())} lines)"
            entry = LogEntry("command", event.at, text, (event.node,), full_command=full, merge_key=same)
            self._append(entry)
        entry.running.add(mark)
        self._running[mark] = entry

    def _merge_into_recent(self, kind: EntryKind, merge_key: str, node: str, timestamp: float) -> LogEntry | None:
        """The recent entry that says the same of other nodes, now of this one, too; None where there is none."""
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
        mark = (event.node, event.run)
        entry = self._running.pop(mark, None)
        if entry is None:
            return
        entry.running.discard(mark)
        entry.seconds = max(entry.seconds or 0.0, event.seconds)
        if event.exit_code != 0:
            how = event.error or ("cut off" if event.exit_code is None else f"returned {event.exit_code}")
            entry.failed = f"{event.node} {how}" if len(entry.nodes) > 1 else how

    def _step_changed(self, event: StepChanged) -> None:
        if event.state is ProgressState.FAILED:
            text = f"{event.step} failed" + (f": {event.detail}" if event.detail else "")
            self._append(LogEntry("bad", event.at, text, (event.node,) if event.node else ()))
