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
    """Chooses how corosync gets onto the nodes. Enter installs it where it is missing."""

    step = Step.INSTALL

    def render_rows(self, state: WorkflowState, context: RenderContext) -> Sequence[Row]:
        return render_install(state, context)

    def key_bindings(self, state: WorkflowState) -> Sequence[KeyBinding]:
        reason = self.disabled_reason(state)
        no_node = "" if self.selected.startswith("node:") else "Move the cursor to a node first."
        no_method = "" if self.selected.startswith("method:") else "Move the cursor to a method first."
        from_source = state.cluster.install.method is InstallMethod.SOURCE
        not_built = "" if from_source else "Only a build from source lets you choose the release."
        return (
            KeyBinding("space", "choose method", self._choose_method, reason or no_method, "use the selected method"),
            self.fix_key(state.findings_by_step.get(Step.INSTALL, ()), state),
            self.discover_key(state),
            KeyBinding("v", "other release", self._next_release, reason or not_built, "build the next known release"),
            KeyBinding(
                "b", "build here", self._choose_build_node, reason or no_node, "build from source on the selected node"
            ),
        )

    def _choose_method(self) -> None:
        self._set_install(replace(self.state.cluster.install, method=InstallMethod(self.selected.partition(":")[2])))

    def _next_release(self) -> None:
        install = self.state.cluster.install
        versions = selectable_versions(install)
        current = versions.index(install.version) if install.version in versions else 0
        self._set_install(replace(install, version=versions[(current + 1) % len(versions)]))

    def _choose_build_node(self) -> None:
        self._set_install(replace(self.state.cluster.install, build_node=self.selected.partition(":")[2]))

    def _set_install(self, install: Install) -> None:
        workflow, before = self.console.workflow, self.state.cluster.install
        if self.console.attempt(lambda: workflow.set_install(install)):
            self.console.push_undo("the way to install was changed", lambda: workflow.set_install(before))
