"""The Install step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from corotui.cluster.model import Install, InstallMethod
from corotui.console.key_bindings import KeyBinding
from corotui.console.panes.base import StepPane
from corotui.console.render.context import RenderContext
from corotui.console.render.layout import Row
from corotui.console.render.panes.install import render_install
from corotui.source.releases.options import selectable_versions
from corotui.workflow.state import Step, WorkflowState


class InstallPane(StepPane):
    """Choose the method, and for a build its release and its node; Enter installs where corosync is missing."""

    step = Step.INSTALL

    def render_rows(self, state: WorkflowState, context: RenderContext) -> Sequence[Row]:
        return render_install(state, context)

    def key_bindings(self, state: WorkflowState) -> Sequence[KeyBinding]:
        why = self.disabled_reason(state)
        on_node = "" if self.selected.startswith("node:") else "Move the cursor to a node first."
        on_method = "" if self.selected.startswith("method:") else "Move the cursor to a method first."
        not_built = (
            "" if state.cluster.install.method is InstallMethod.SOURCE else "Only a build has a release to choose."
        )
        return (
            KeyBinding("space", "choose method", "choose", why or on_method, "install by the method under the cursor"),
            self.fix_key(state.findings_by_step.get(Step.INSTALL, ()), state),
            KeyBinding("r", "look again", "look", self.disabled_reason(state, changes=False)),
            KeyBinding(
                "v", "other release", "release", why or not_built, "build the next of the releases that are known"
            ),
            KeyBinding("b", "build here", "build_on", why or on_node, "build on the node under the cursor (source)"),
        )

    def do_choose(self) -> None:
        self._set_install(replace(self.state.cluster.install, method=InstallMethod(self.selected.partition(":")[2])))

    def do_release(self) -> None:
        install = self.state.cluster.install
        known = selectable_versions(install)
        here = known.index(install.version) if install.version in known else 0
        self._set_install(replace(install, version=known[(here + 1) % len(known)]))

    def do_build_on(self) -> None:
        self._set_install(replace(self.state.cluster.install, build_node=self.selected.partition(":")[2]))

    def _set_install(self, install: Install) -> None:
        workflow, before = self.console_app.workflow, self.state.cluster.install
        if self.console_app.attempt(lambda: workflow.set_install(install)):
            self.console_app.push_undo("the way to install was changed", lambda: workflow.set_install(before))

    def do_mend(self) -> None:
        finding = self.selected_finding(self.state.findings_by_step.get(Step.INSTALL, ()))
        if finding is not None:
            self.fix(finding)

    def do_look(self) -> None:
        self.console_app.discover()
