"""The Prerequisites step."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.cluster.finding import Severity
from corotui.console.keys import Key
from corotui.console.paint.frame import BLANK, Frame
from corotui.console.paint.line import Row
from corotui.console.paint.prerequisites import prerequisites_page
from corotui.console.paint.progress import progress_rows
from corotui.console.screens.pane import StepPane
from corotui.walk.model import Picture, Step


class PrerequisitesPane(StepPane):
    """Findings per node; Enter mends all that corotui can, `m` one."""

    step = Step.PREREQUISITES
    _fine = False

    def rows(self, picture: Picture, frame: Frame) -> Sequence[Row]:
        rows = prerequisites_page(picture, frame, fine=self._fine)
        progress = picture.progress
        if progress is not None and "commit" not in progress.steps and progress.running:
            return [*progress_rows(progress, frame), BLANK, *rows]
        return rows

    def keys(self, picture: Picture) -> Sequence[Key]:
        found = picture.found.get(Step.PREREQUISITES, ())
        fine = any(finding.severity is Severity.OK for finding in found)
        none = "" if fine else "Only what is wrong was found worth telling."
        return (
            self.mend_key(found, picture),
            Key("r", "look again", "look", self.why_not(picture, changes=False)),
            Key("o", "show less" if self._fine else "show what is fine", "fine", none),
        )

    def do_mend(self) -> None:
        finding = self.finding(self.picture.found.get(Step.PREREQUISITES, ()))
        if finding is not None:
            self.mend(finding)

    def do_look(self) -> None:
        self.console_app.look()

    def do_fine(self) -> None:
        self._fine = not self._fine
