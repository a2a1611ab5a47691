"""Events of work on nodes as lines of text: one line for each step, with its nodes and its time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from corotui.cli.output.findings import severity_mark
from corotui.cli.output.printer import Output
from corotui.cluster.events import (
    CommandEnded,
    CommandOutput,
    CommandStarted,
    Connection,
    Event,
    FindingRaised,
    NodeState,
    Note,
    ProgressState,
    StepChanged,
)
from corotui.cluster.phrasing import format_count, format_duration, format_node_names
from corotui.cluster.text.bounded import lines_of

_STEP_WIDTH = 10  # columns
_NODE_WIDTH = 10  # columns
_MAX_NAMES = 4  # more nodes than these are counted
_ENDED = (ProgressState.DONE, ProgressState.FAILED, ProgressState.SKIPPED)


@dataclass(slots=True)
class _Step:
    """A step that has begun and whose line is not written yet."""

    name: str
    """Name of the step."""
    began_at: float
    """Unix seconds of its first event."""
    ended_at: float
    """Unix seconds of its last event."""
    nodes: dict[str, StepChanged] = field(default_factory=dict)
    """The last event of each node."""
    whole: StepChanged | None = None
    """The last event of the step as a whole."""

    def add(self, event: StepChanged) -> None:
        if event.node is None:
            self.whole = event
        else:
            self.nodes[event.node] = event
        self.ended_at = max(self.ended_at, event.at)

    @property
    def has_ended(self) -> bool:
        """Whether the step as a whole has ended, or each node that began it."""
        if self.whole is not None:
            return self.whole.state in _ENDED
        return all(event.state in _ENDED for event in self.nodes.values())

    def nodes_in(self, *states: ProgressState) -> list[StepChanged]:
        return [event for event in self.nodes.values() if event.state in states]


class StepReport:
    """Collects the events of steps and returns lines. No I/O.

    A step's line comes when the step has ended; where no event says so, when all its nodes have ended and the next step
    begins.
    """

    def __init__(self, node_count: int, *, verbose: bool = False, encoding: str | None = "utf-8") -> None:
        self._node_count = node_count
        self._verbose = verbose
        self._encoding = encoding
        self._steps: dict[str, _Step] = {}
        self._ended: set[str] = set()  # names of steps that have their line
        self._output = ""

    def lines(self, event: Event) -> list[str]:
        """The lines that this event completes, often none."""
        match event:
            case StepChanged():
                return self._step_changed(event)
            case Note():
                return [_node_line(event.node, event.text)]
            case NodeState(state=Connection.LOST):
                return [_node_line(event.node, f"connection lost: {event.detail}")]
            case CommandStarted() if self._verbose:
                script = f"  (+{format_count(len(lines_of(event.script)), 'line')})" if event.script else ""
                return [_node_line(event.node, f"$ {lines_of(event.command)[0]}{script}")]
            case CommandOutput():
                self._output = f"{event.node}: {event.text}"
                return [_node_line(event.node, f"  {event.text}")] if self._verbose else []
            case CommandEnded() if self._verbose and event.exit_code != 0:
                ended = event.error or f"returned {event.exit_code}"
                return [_node_line(event.node, f"  {lines_of(event.command)[0]}: {ended}")]
        return []

    def progress(self) -> str:
        """What runs now, on one line; "" while nothing runs."""
        running = [step for step in self._steps.values() if not step.has_ended]
        if not running:
            return ""
        step = running[-1]
        ended = len(step.nodes_in(*_ENDED))
        count = f" {ended} of {format_count(len(step.nodes), 'node')}" if len(step.nodes) > 1 else ""
        waiting = [event for event in (*step.nodes.values(), step.whole) if event is not None]
        detail = next((event.detail for event in reversed(waiting) if event.state not in _ENDED and event.detail), "")
        return "  ".join(filter(None, (f"  {step.name:{_STEP_WIDTH}} {count}".rstrip(), detail or self._output)))

    def finish(self) -> list[str]:
        """The lines of all steps that have no line yet, those that never ended included."""
        steps, self._steps = list(self._steps.values()), {}
        return [line for step in steps for line in self._step_lines(step)]

    def _step_changed(self, event: StepChanged) -> list[str]:
        lines: list[str] = []
        for name, step in list(self._steps.items()):
            if name != event.step and step.has_ended:
                lines += self._end(step)
        if event.step not in self._steps and event.step in self._ended and _says_nothing_new(event):
            return lines
        step = self._steps.setdefault(event.step, _Step(event.step, event.at, event.at))
        step.add(event)
        self._output = ""
        if step.whole is not None and step.has_ended:
            lines += self._end(step)
        return lines

    def _end(self, step: _Step) -> list[str]:
        del self._steps[step.name]
        self._ended.add(step.name)
        return self._step_lines(step)

    def _step_lines(self, step: _Step) -> list[str]:
        """One line of what was done, and one for each node that failed or did not end."""
        duration = format_duration(step.ended_at - step.began_at)
        failed = step.nodes_in(ProgressState.FAILED)
        unfinished = [event for event in step.nodes.values() if event.state not in _ENDED]
        done = step.nodes_in(ProgressState.DONE)
        lines = []
        if done and step.whole is not None and step.whole.detail:
            lines.append(self._line("ok", step.name, "", step.whole.detail, duration))
        elif done:
            lines.append(self._line("ok", step.name, self._names(done), _common_detail(done), duration))
        lines += [self._line("error", step.name, event.node or "", event.detail, duration) for event in failed]
        lines += [self._line("warning", step.name, event.node or "", "did not end", "") for event in unfinished]
        if lines:
            return lines
        whole = step.whole
        if whole is None or whole.state is ProgressState.SKIPPED or (step.nodes and not whole.detail):
            skipped = whole or next(iter(step.nodes.values()))
            return [self._line("info", step.name, "", skipped.detail or "nothing to do", "")]
        severity = {ProgressState.DONE: "ok", ProgressState.FAILED: "error"}.get(whole.state, "warning")
        return [self._line(severity, step.name, "", whole.detail, duration)]

    def _names(self, events: Sequence[StepChanged]) -> str:
        names = [event.node or "" for event in events]
        if len(names) <= _MAX_NAMES:
            return ", ".join(names)
        text = format_node_names(names, self._node_count)
        return f"all {self._node_count} nodes" if text == "all" else text

    def _line(self, severity: str, step: str, nodes: str, detail: str, duration: str) -> str:
        head = f"{severity_mark(severity, self._encoding)} {step:{_STEP_WIDTH}}"
        text = ": ".join(filter(None, (nodes, detail)))
        return "  ".join(filter(None, (head, text, duration))).rstrip()


def _common_detail(events: Sequence[StepChanged]) -> str:
    """The detail that all these nodes share."""
    details = {event.detail for event in events}
    return details.pop() if len(details) == 1 else ""


def _says_nothing_new(event: StepChanged) -> bool:
    """Whether a step as a whole is said to be done, without a detail; some steps say so twice."""
    return event.node is None and event.state is ProgressState.DONE and not event.detail


def _node_line(node: str | None, text: str) -> str:
    return f"  {node or 'all':{_NODE_WIDTH}} {text}"


class StepReporter:
    """Writes the events of a verb: JSON lines with --json, else the lines of a StepReport on stderr. On a terminal the
    step that runs is shown in place."""

    def __init__(self, out: Output, node_count: int, *, verbose: bool) -> None:
        self._out = out
        self._verbose = verbose
        self._report = StepReport(node_count, verbose=verbose, encoding=out.text_encoding)

    def event(self, event: Event) -> None:
        """An EventSink."""
        if self._out.json:
            self._out.event(event)
            return
        if isinstance(event, FindingRaised):
            self._out.findings([event.finding])
            return
        for line in self._report.lines(event):
            self._out.say(line)
        if not self._verbose:
            self._out.show_status(self._report.progress())

    def activity(self, text: str) -> None:
        """What is waited for while no step runs, such as "connecting"."""
        if not self._out.json and not self._verbose and not self._report.progress():
            self._out.show_status(f"  {text} ..." if text else "")

    def close(self) -> None:
        """Writes the lines of steps that have none yet."""
        for line in [] if self._out.json else self._report.finish():
            self._out.say(line)
        self._out.show_status("")
