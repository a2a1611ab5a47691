"""What a painter is told besides the picture: room, time, signs."""

from __future__ import annotations

from dataclasses import dataclass

from corotui.cluster.events import State
from corotui.cluster.finding import Severity
from corotui.console.glyphs import Glyphs
from corotui.console.paint.line import EMPTY, Line, Piece, Row, Style, wrapped
from corotui.console.words import age
from corotui.walk.model import NodeStatus, Standing

STALE_AFTER = 10.0  # seconds without a word after which something that is watched counts as stale


@dataclass(frozen=True, slots=True)
class Frame:
    """`width` in cells, `height` in lines, `now` in Unix seconds of the operator's clock."""

    width: int
    height: int
    now: float
    glyphs: Glyphs

    def ago(self, at: float) -> str:
        """ "4 s ago"."""
        return f"{age(self.now - at)} ago"

    def standing(self, standing: Standing, *, here: bool = False) -> Piece:
        """The sign of a step of the walk."""
        g = self.glyphs
        signs: dict[Standing, Piece] = {
            Standing.TODO: (g.todo, "context"),
            Standing.BUSY: (g.partly, "accent"),
            Standing.DONE: (g.done, ""),
            Standing.NEEDS: (g.needs, "needs"),
            Standing.FAILED: (g.failed, "broken"),
            Standing.STALE: (g.stale, "context"),
        }
        if here and standing in (Standing.TODO, Standing.DONE, Standing.STALE):
            return (g.here, "accent")
        return signs[standing]

    def severity(self, severity: Severity) -> Piece:
        """The sign of a finding."""
        g = self.glyphs
        signs: dict[Severity, Piece] = {
            Severity.ERROR: (g.failed, "broken"),
            Severity.WARNING: (g.needs, "needs"),
            Severity.INFO: (g.todo, "context"),
            Severity.OK: (g.done, ""),
        }
        return signs[severity]

    def state(self, state: State) -> Piece:
        """The sign of a cell of work under way."""
        g = self.glyphs
        signs: dict[State, Piece] = {
            State.TODO: (g.todo, "context"),
            State.RUNNING: (g.here, "accent"),
            State.DONE: (g.done, ""),
            State.SKIPPED: (g.done, "context"),
            State.WAITING: (g.here, "accent"),
            State.FAILED: (g.failed, "broken"),
        }
        return signs[state]

    def connection(self, node: NodeStatus) -> Line:
        """Sign and word for the connection to a node."""
        g = self.glyphs
        words: dict[str, tuple[str, Style, str]] = {
            "connecting": (g.partly, "accent", "connecting"),
            "connected": (g.up, "", "connected"),
            "failed": (g.failed, "broken", "not reached"),
            "lost": (g.failed, "broken", "lost"),
        }
        sign, style, word = words.get(node.connection, (g.down, "context", "not connected"))
        return Line((sign, style), f" {word}")

    def note(self, text: str, *, style: Style = "context", key: str = "", indent: int = 0) -> list[Row]:
        """A sentence on as many lines as it needs."""
        lines = wrapped(text, self.width, style=style, first=" " * indent, hang=indent)
        return [Row(line, key) for line in lines]

    def rule(self) -> Row:
        """A single rule over the whole width."""
        return Row(Line((self.glyphs.rule * self.width, "rule")))


BLANK = Row(EMPTY)
