"""The Rollout step."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.console.keys import Key
from corotui.console.paint.frame import Frame
from corotui.console.paint.line import Row
from corotui.console.paint.rollout import rollout_page, rollout_progress
from corotui.console.screens.pane import StepPane
from corotui.walk.model import Picture, Step


class RolloutPane(StepPane):
    """Enter rolls out, after asking; Esc stops at the next safe point."""

    step = Step.ROLLOUT

    def entered(self) -> None:
        self.console_app.plan()

    def rows(self, picture: Picture, frame: Frame) -> Sequence[Row]:
        return rollout_page(picture, frame)

    def keys(self, picture: Picture) -> Sequence[Key]:
        progress = rollout_progress(picture)
        why = self.why_not(picture)
        whole = "" if picture.interrupted else "No rollout was cut off."
        keys = (
            Key("b", "roll back", "restore", why, "roll the configuration before this one out again"),
            Key("x", "undo it", "undo_interrupted", why or whole, "take a rollout that was cut off back everywhere"),
        )
        if progress is not None and progress.running:
            return (Key("escape", "stop here", "stop", help="stop at the next safe point"),)
        return tuple(reversed(keys)) if picture.interrupted else keys

    def do_stop(self) -> None:
        self.console_app.stop()

    def do_undo_interrupted(self) -> None:
        console = self.console_app
        words = f"{self.picture.interrupted} was cut off. All nodes get back what they had before."
        console.confirm("Undo what was cut off", lambda: console.work(console.walk.recover(back=True)), words=words)

    def do_restore(self) -> None:
        console = self.console_app
        count = len(self.picture.cluster.nodes)
        words = f"The newest corosync.conf that differs from this one goes to {count} nodes again, all or none."
        console.confirm("Roll back", lambda: console.work(console.walk.restore(None)), words=words)
