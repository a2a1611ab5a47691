"""The Review step."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.console.keys import Key
from corotui.console.paint.frame import Frame
from corotui.console.paint.line import Row
from corotui.console.paint.review import review_page
from corotui.console.screens.pane import StepPane
from corotui.walk.model import Picture, Step


class ReviewPane(StepPane):
    """What the rollout will do; reads the nodes and changes nothing."""

    step = Step.REVIEW

    def entered(self) -> None:
        self.console_app.plan()

    def rows(self, picture: Picture, frame: Frame) -> Sequence[Row]:
        return review_page(picture, frame)

    def keys(self, picture: Picture) -> Sequence[Key]:
        none = "" if picture.conf is not None else "There is no corosync.conf yet."
        return (
            Key("r", "plan again", "plan", self.why_not(picture, changes=False) or none, "compare the nodes again"),
        )

    def do_plan(self) -> None:
        self.console_app.work(self.console_app.walk.plan())
