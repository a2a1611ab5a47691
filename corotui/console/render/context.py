"""What a renderer needs besides the state: width, time and glyphs."""

from __future__ import annotations

from dataclasses import dataclass

from corotui.cluster.events import Connection, ProgressState
from corotui.cluster.finding import Severity
from corotui.cluster.phrasing import format_age
from corotui.console.render.layout import EMPTY_LINE, Piece, Row, StyledLine, StyleName, wrap_text
from corotui.console.style.glyphs import Glyphs
from corotui.workflow.state import NodeStatus, StepState

STALE_AFTER = 10.0  # seconds without an answer after which something that is watched counts as stale


@dataclass(frozen=True, slots=True)
class RenderContext:
    """Size, time and glyphs for one rendering."""

    width: int
    """Cells that a line may take."""
    now: float
    """Unix seconds of the operator's clock."""
    glyphs: Glyphs
    """The glyphs that this terminal can show."""

    def ago(self, timestamp: float) -> str:
        """Returns how long ago a time is, in Unix seconds of the same clock: "4 s ago"."""
        return f"{format_age(self.now - timestamp)} ago"

    def step_glyph(self, step_state: StepState, *, is_current: bool = False) -> Piece:
        """Returns the glyph of a step."""
        g = self.glyphs
        glyphs: dict[StepState, Piece] = {
            StepState.TODO: (g.todo, "context"),
            StepState.BUSY: (g.partial, "accent"),
            StepState.DONE: (g.done, ""),
            StepState.NEEDS_ATTENTION: (g.needs, "needs"),
            StepState.FAILED: (g.failed, "broken"),
            StepState.STALE: (g.stale, "context"),
        }
        if is_current and step_state in (StepState.TODO, StepState.DONE, StepState.STALE):
            return (g.current, "accent")
        return glyphs[step_state]

    def severity_glyph(self, severity: Severity) -> Piece:
        """Returns the glyph of a finding."""
        g = self.glyphs
        glyphs: dict[Severity, Piece] = {
            Severity.ERROR: (g.failed, "broken"),
            Severity.WARNING: (g.needs, "needs"),
            Severity.INFO: (g.todo, "context"),
            Severity.OK: (g.done, ""),
        }
        return glyphs[severity]

    def state_glyph(self, state: ProgressState) -> Piece:
        """Returns the glyph of a step of running work on a node."""
        g = self.glyphs
        glyphs: dict[ProgressState, Piece] = {
            ProgressState.TODO: (g.todo, "context"),
            ProgressState.RUNNING: (g.current, "accent"),
            ProgressState.DONE: (g.done, ""),
            ProgressState.SKIPPED: (g.done, "context"),
            ProgressState.WAITING: (g.current, "accent"),
            ProgressState.FAILED: (g.failed, "broken"),
        }
        return glyphs[state]

    def connection_line(self, node: NodeStatus) -> StyledLine:
        """Returns glyph and word for the connection to a node."""
        g = self.glyphs
        labels: dict[Connection, tuple[str, StyleName, str]] = {
            Connection.CONNECTING: (g.partial, "accent", "connecting"),
            Connection.CONNECTED: (g.up, "", "connected"),
            Connection.FAILED: (g.failed, "broken", "not reached"),
            Connection.LOST: (g.failed, "broken", "lost"),
            Connection.UNKNOWN: (g.down, "context", "not connected"),
        }
        glyph, style, word = labels[node.connection]
        return StyledLine((glyph, style), f" {word}")

    def note(self, text: str, *, style: StyleName = "context", indent: int = 0) -> list[Row]:
        """Returns a sentence on as many lines as it needs, indented by `indent` cells."""
        lines = wrap_text(text, self.width, style=style, prefix=" " * indent, indent=indent)
        return [Row(line) for line in lines]

    def rule(self) -> Row:
        """Returns a rule over the whole width."""
        return Row(StyledLine((self.glyphs.rule * self.width, "rule")))


BLANK_ROW = Row(EMPTY_LINE)
