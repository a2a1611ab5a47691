"""The Install step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from corotui.cluster.model import Install, Method
from corotui.console.keys import Key
from corotui.console.paint.frame import Frame
from corotui.console.paint.install import install_page
from corotui.console.paint.line import Row
from corotui.console.screens.pane import StepPane
from corotui.source.choice import versions
from corotui.walk.model import Picture, Step


class InstallPane(StepPane):
    """Choose the method, and for a build its release and its node; Enter installs where corosync is missing."""

    step = Step.INSTALL

    def rows(self, picture: Picture, frame: Frame) -> Sequence[Row]:
        return install_page(picture, frame)

    def keys(self, picture: Picture) -> Sequence[Key]:
        why = self.why_not(picture)
        on_node = "" if self.selected.startswith("node:") else "Move the cursor to a node first."
        on_method = "" if self.selected.startswith("method:") else "Move the cursor to a method first."
        not_built = "" if picture.cluster.install.method is Method.SOURCE else "Only a build has a release to choose."
        return (
            Key("space", "choose method", "choose", why or on_method, "install by the method under the cursor"),
            self.mend_key(picture.found.get(Step.INSTALL, ()), picture),
            Key("r", "look again", "look", self.why_not(picture, changes=False)),
            Key("v", "other release", "release", why or not_built, "build the next of the releases that are known"),
            Key("b", "build here", "build_on", why or on_node, "build on the node under the cursor (source)"),
        )

    def do_choose(self) -> None:
        self._set(replace(self.picture.cluster.install, method=Method(self.selected.partition(":")[2])))

    def do_release(self) -> None:
        install = self.picture.cluster.install
        known = versions(install)
        here = known.index(install.version) if install.version in known else 0
        self._set(replace(install, version=known[(here + 1) % len(known)]))

    def do_build_on(self) -> None:
        self._set(replace(self.picture.cluster.install, build_node=self.selected.partition(":")[2]))

    def _set(self, install: Install) -> None:
        walk, before = self.console_app.walk, self.picture.cluster.install
        if self.console_app.attempt(lambda: walk.set_install(install)):
            self.console_app.undoable("the way to install was changed", lambda: walk.set_install(before))

    def do_mend(self) -> None:
        finding = self.finding(self.picture.found.get(Step.INSTALL, ()))
        if finding is not None:
            self.mend(finding)

    def do_look(self) -> None:
        self.console_app.look()
