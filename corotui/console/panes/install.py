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
from corotui.console.render.row_ids import MethodRow, NodeRow
from corotui.errors import RefusedError, UsageError
from corotui.source.releases.options import releases_to_build, selectable_versions
from corotui.workflow.state import Step, WorkflowState


class InstallPane(StepPane):
    """Chooses how corosync gets onto the nodes. Enter installs it where it is missing."""

    step = Step.INSTALL
    _named_install: Install | None = None  # the settings that `_names` are of
    _names = ""

    def render_rows(self, state: WorkflowState, context: RenderContext) -> Sequence[Row]:
        return render_install(state, self._release_names(state.cluster.install), context)

    def key_bindings(self, state: WorkflowState) -> Sequence[KeyBinding]:
        reason = self.disabled_reason(state)
        no_node = "" if isinstance(self.selected, NodeRow) else "Move the cursor to a node first."
        no_method = "" if isinstance(self.selected, MethodRow) else "Move the cursor to a method first."
        from_source = state.cluster.install.method is InstallMethod.SOURCE
        not_built = "" if from_source else "Only a build from source lets you choose the release."
        return (
            KeyBinding("space", "choose method", self._choose_method, reason or no_method, "use the selected method"),
            self.fix_key(state.findings_of(Step.INSTALL), state),
            self.discover_key(state),
            KeyBinding("v", "other release", self._next_release, reason or not_built, "build the next known release"),
            KeyBinding(
                "b", "build here", self._choose_build_node, reason or no_node, "build from source on the selected node"
            ),
        )

    def _release_names(self, install: Install) -> str:
        """Returns what a build from source makes, the last built first; or why it cannot be built."""
        if install != self._named_install:
            self._named_install = install
            try:
                self._names = ", ".join(release.label for release in reversed(releases_to_build(install)))
            except (RefusedError, UsageError) as error:
                self._names = error.what.rstrip(".")
        return self._names

    def _choose_method(self) -> None:
        selected = self.selected
        if isinstance(selected, MethodRow):
            self._set_install(replace(self.state.cluster.install, method=selected.method))

    def _next_release(self) -> None:
        install = self.state.cluster.install
        versions = selectable_versions(install)
        current = versions.index(install.version) if install.version in versions else 0
        self._set_install(replace(install, version=versions[(current + 1) % len(versions)]))

    def _choose_build_node(self) -> None:
        selected = self.selected
        if isinstance(selected, NodeRow):
            self._set_install(replace(self.state.cluster.install, build_node=selected.name))

    def _set_install(self, install: Install) -> None:
        workflow, before = self.console.workflow, self.state.cluster.install
        if self.console.attempt(lambda: workflow.set_install(install)):
            self.console.push_undo("the way to install was changed", lambda: workflow.set_install(before))
