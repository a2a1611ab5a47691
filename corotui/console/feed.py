"""What the log pane shows: events of the engines, the same command on several nodes as one entry, bounded."""

from __future__ import annotations

import re
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
    State,
    StepChanged,
)

CAPACITY = 2000  # entries kept; of more, the oldest output goes first
_TOGETHER = 1.0  # seconds: the same command within this time on another node is the same entry
_LOOK_BACK = 24  # entries searched for that

_MARK = re.compile(r"\b(?:[0-9a-f]{16}){1,2}\b")  # what corotui puts into a command to know it again

Kind = Literal["command", "output", "note", "needs", "bad"]


@dataclass(slots=True)
class Entry:
    """`nodes`: where; empty for this machine. `failed`: how it ended when not with 0. `seconds`: the longest. `full`: a
    command as a shell takes it, its script included. `same`: what it has in common with that of another node."""

    kind: Kind
    at: float
    text: str
    nodes: tuple[str, ...] = ()
    running: set[tuple[str, int]] = field(default_factory=set)
    seconds: float | None = None
    failed: str = ""
    full: str = ""
    same: str = ""


def one_line(command: str) -> str:
    """The first line of a command, and how many more there are."""
    lines = [line for line in command.strip().splitlines() if line.strip()]
    if not lines:
        return ""
    more = len(lines) - 1
    return f"{lines[0][:500]}  (+{more} lines)" if more else lines[0][:2000]


def with_script(command: str, script: str) -> str:
    """The command as a shell takes it, with what it reads."""
    if not script:
        return command
    end = "END"
    while end in script:
        end += "_"
    return f"{command} <<'{end}'\n{script.rstrip()}\n{end}"


class Feed:
    """Takes events, keeps the last entries. `version` grows at each change."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.entries: list[Entry] = []
        self.version = 0
        self._capacity = capacity
        self._running: dict[tuple[str, int], Entry] = {}

    def hear(self, event: Event) -> None:
        """Takes one event in; cheap, it is called for every line that a build prints."""
        self.version += 1
        match event:
            case CommandStarted():
                self._started(event)
            case CommandOutput(node=node, text=text, at=at):
                self._add(Entry("output", at, text, (node,)))
            case CommandEnded():
                self._ended(event)
            case Note(text=text, node=node, at=at):
                self._add(Entry("note", at, text, (node,) if node else ()))
            case NodeState(node=node, state=state, detail=detail, at=at):
                kind: Kind = "bad" if state in ("failed", "lost") else "note"
                text = f"{state}: {detail}" if detail else state
                if not self._joined(kind, text, node, at):
                    self._add(Entry(kind, at, text, (node,)))
            case StepChanged():
                self._step(event)
            case FindingRaised(finding=finding, at=at):
                self._add(Entry("needs", at, finding.what, (finding.node,) if finding.node else ()))

    def say(self, text: str, at: float, kind: Kind = "note") -> None:
        """A sentence of the console itself, so that it is not lost with the line that showed it."""
        self.version += 1
        self._add(Entry(kind, at, text))

    def commands(self) -> list[Entry]:
        """Without output, except the newest line of what still runs."""
        kept = [entry for entry in self.entries if entry.kind != "output"]
        if self._running and self.entries and self.entries[-1].kind == "output":
            kept.append(self.entries[-1])
        return kept

    def _add(self, entry: Entry) -> None:
        self.entries.append(entry)
        if len(self.entries) <= self._capacity:
            return
        # Output goes first, so that a build that prints thousands of lines leaves the commands to be read.
        spare = self._capacity // 4
        outputs = [index for index, old in enumerate(self.entries[:-1]) if old.kind == "output"][:spare]
        gone = frozenset(outputs or range(spare))
        self.entries = [old for index, old in enumerate(self.entries) if index not in gone]

    def _started(self, event: CommandStarted) -> None:
        mark = (event.node, event.run)
        full = with_script(event.command, event.script)
        same = _MARK.sub("", full)
        entry = self._joined("command", same, event.node, event.at)
        if entry is None:
            text = one_line(event.command)
            if event.script:
                text += f"  (+{len(event.script.splitlines())} lines)"
            entry = Entry("command", event.at, text, (event.node,), full=full, same=same)
            self._add(entry)
        entry.running.add(mark)
        self._running[mark] = entry

    def _joined(self, kind: Kind, same: str, node: str, at: float) -> Entry | None:
        """The recent entry that says the same of other nodes, now of this one, too; None where there is none."""
        for entry in self.entries[: -_LOOK_BACK - 1 : -1]:
            if (
                entry.kind == kind
                and abs(at - entry.at) <= _TOGETHER
                and node not in entry.nodes
                and entry.nodes
                and (entry.same or entry.text) == same
            ):
                entry.nodes += (node,)
                return entry
        return None

    def _ended(self, event: CommandEnded) -> None:
        mark = (event.node, event.run)
        entry = self._running.pop(mark, None)
        if entry is None:
            return
        entry.running.discard(mark)
        entry.seconds = max(entry.seconds or 0.0, event.seconds)
        if event.exit_code != 0:
            how = event.error or ("cut off" if event.exit_code is None else f"returned {event.exit_code}")
            entry.failed = f"{event.node} {how}" if len(entry.nodes) > 1 else how

    def _step(self, event: StepChanged) -> None:
        if event.state is State.FAILED:
            text = f"{event.step} failed" + (f": {event.detail}" if event.detail else "")
            self._add(Entry("bad", event.at, text, (event.node,) if event.node else ()))
