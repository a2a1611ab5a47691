"""The Network step."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.console.key_bindings import KeyBinding
from corotui.console.panes.base import StepPane
from corotui.console.render.context import RenderContext
from corotui.console.render.layout import Row
from corotui.console.render.panes.network import render_network, selected_links
from corotui.workflow.state import Step, WorkflowState


class NetworkPane(StepPane):
    """Choose links, prove that they carry UDP; Enter takes them."""

    step = Step.NETWORK

    def render_rows(self, state: WorkflowState, context: RenderContext) -> Sequence[Row]:
        return render_network(state, context)

    def key_bindings(self, state: WorkflowState) -> Sequence[KeyBinding]:
        why = self.disabled_reason(state)
        index = self._selected_link()
        used = selected_links(state)
        label, not_here = "use link", "Move the cursor to a subnet first."
        if index is not None:
            link = state.links[index]
            label = "leave link out" if index in used else "add link"
            not_here = "" if link.usable else f"{link.network} cannot be a link: not every node has one address in it."
        unproven = "" if used else "There is no link to prove."
        return (
            KeyBinding("space", label, "toggle", why or not_here, "use the subnet under the cursor as a link, or not"),
            KeyBinding(
                "p", "prove", "prove", self.disabled_reason(state) or unproven, "send UDP between all pairs of nodes"
            ),
            self.fix_key(state.findings_by_step.get(Step.NETWORK, ()), state),
            KeyBinding("r", "look again", "look", self.disabled_reason(state, changes=False)),
        )

    def _selected_link(self) -> int | None:
        kind, _, number = self.selected.partition(":")
        return int(number) if kind == "link" and number.isdigit() and int(number) < len(self.state.links) else None

    def do_toggle(self) -> None:
        index = self._selected_link()
        if index is None:
            return
        used = selected_links(self.state)
        links = [i for i in used if i != index] if index in used else [*used, index]
        workflow, before = self.console_app.workflow, self.state.chosen_links
        if self.console_app.attempt(lambda: workflow.choose_links(links)):
            self.console_app.push_undo("the links were chosen otherwise", lambda: workflow.choose_links(before))

    def do_prove(self) -> None:
        self.console_app.run_in_background(self.console_app.workflow.probe())

    def do_mend(self) -> None:
        finding = self.selected_finding(self.state.findings_by_step.get(Step.NETWORK, ()))
        if finding is not None:
            self.fix(finding)

    def do_look(self) -> None:
        self.console_app.discover()
