"""The doctor: beside the walk, opened from the ring and by `:doctor`."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.cluster.finding import Finding
from corotui.console.keys import Key
from corotui.console.paint.doctor import doctor_page
from corotui.console.paint.findings import counted
from corotui.console.paint.frame import Frame
from corotui.console.paint.help import DOCTOR, Chapter
from corotui.console.paint.line import Row
from corotui.console.screens.pane import StepPane
from corotui.walk.action import Action, Kind
from corotui.walk.model import Picture, Step


class DoctorPane(StepPane):
    """Causes; Enter shows the commands of the one under the cursor, asks, and runs them."""

    step = Step.RING

    def title(self) -> str:
        return "Doctor"

    def summary(self, picture: Picture) -> str:
        return counted(picture.doctor) if picture.doctor else ""

    def chapter(self) -> Chapter:
        return DOCTOR

    def entered(self) -> None:
        if not self.picture.busy:
            self.do_examine()

    def rows(self, picture: Picture, frame: Frame) -> Sequence[Row]:
        return doctor_page(picture, frame)

    def _chosen(self, picture: Picture) -> Finding | None:
        return self.finding(picture.doctor or ())

    def action(self, picture: Picture) -> Action:
        finding = self._chosen(picture)
        if finding is None or not any(remedy.commands or remedy.action for remedy in finding.remedies):
            return Action("examine again", Kind.LOOK, enabled=not picture.busy, reason="The nodes are being examined.")
        return Action("show, then run", Kind.MEND, enabled=not picture.busy, reason=self.why_not(picture))

    def enter(self) -> None:
        why = self.why_not(self.picture)
        finding = self._chosen(self.picture)
        if self.action(self.picture).kind is Kind.LOOK and not self.picture.busy:
            self.do_examine()
        elif why:
            self.console_app.say(why)
        elif finding is not None:
            self.mend(finding)

    async def mended(self, finding: Finding) -> None:
        await super().mended(finding)
        await self.console_app.walk.examine()

    def keys(self, picture: Picture) -> Sequence[Key]:
        return (
            Key("r", "examine again", "examine", self.why_not(picture, changes=False)),
            Key("escape", "to the ring", "close"),
        )

    def escape(self) -> bool:
        if not super().escape():
            self.console_app.close_doctor()
        return True

    def do_close(self) -> None:
        self.console_app.close_doctor()

    def do_examine(self) -> None:
        self.console_app.work(self.console_app.walk.examine())
