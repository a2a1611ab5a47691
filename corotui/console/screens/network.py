"""The Network step."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.console.keys import Key
from corotui.console.paint.frame import Frame
from corotui.console.paint.line import Row
from corotui.console.paint.network import network_page, taken
from corotui.console.screens.pane import StepPane
from corotui.walk.model import Picture, Step


class NetworkPane(StepPane):
    """Choose links, prove that they carry UDP; Enter takes them."""

    step = Step.NETWORK

    def rows(self, picture: Picture, frame: Frame) -> Sequence[Row]:
        return network_page(picture, frame)

    def keys(self, picture: Picture) -> Sequence[Key]:
        why = self.why_not(picture)
        index = self._link()
        used = taken(picture)
        label, not_here = "use link", "Move the cursor to a subnet first."
        if index is not None:
            link = picture.links[index]
            label = "leave link out" if index in used else "add link"
            not_here = "" if link.usable else f"{link.network} cannot be a link: not every node has one address in it."
        unproven = "" if used else "There is no link to prove."
        return (
            Key("space", label, "toggle", why or not_here, "use the subnet under the cursor as a link, or not"),
            Key("p", "prove", "prove", self.why_not(picture) or unproven, "send UDP between all pairs of nodes"),
            self.mend_key(picture.found.get(Step.NETWORK, ()), picture),
            Key("r", "look again", "look", self.why_not(picture, changes=False)),
        )

    def _link(self) -> int | None:
        kind, _, number = self.selected.partition(":")
        return int(number) if kind == "link" and number.isdigit() and int(number) < len(self.picture.links) else None

    def do_toggle(self) -> None:
        index = self._link()
        if index is None:
            return
        used = taken(self.picture)
        links = [i for i in used if i != index] if index in used else [*used, index]
        walk, before = self.console_app.walk, self.picture.chosen
        if self.console_app.attempt(lambda: walk.choose_links(links)):
            self.console_app.undoable("the links were chosen otherwise", lambda: walk.choose_links(before))

    def do_prove(self) -> None:
        self.console_app.work(self.console_app.walk.prove())

    def do_mend(self) -> None:
        finding = self.finding(self.picture.found.get(Step.NETWORK, ()))
        if finding is not None:
            self.mend(finding)

    def do_look(self) -> None:
        self.console_app.look()
