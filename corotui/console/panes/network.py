"""The Network step."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.console.key_bindings import KeyBinding
from corotui.console.panes.base import StepPane
from corotui.console.render.context import RenderContext
from corotui.console.render.layout import Row
from corotui.console.render.panes.network import render_network
from corotui.network.model import LinkProposal
from corotui.workflow.link_selection import selected_links
from corotui.workflow.state import Step, WorkflowState


class NetworkPane(StepPane):
    """Choose links, prove that they carry UDP; Enter takes them."""

    step = Step.NETWORK

    def render_rows(self, state: WorkflowState, context: RenderContext) -> Sequence[Row]:
        return render_network(state, context)

    def key_bindings(self, state: WorkflowState) -> Sequence[KeyBinding]:
        why = self.disabled_reason(state)
        link = self._selected_link()
        used = selected_links(state)
        label, not_here = "use link", "Move the cursor to a subnet first."
        if link is not None:
            label = "leave link out" if link in used else "add link"
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

    def _selected_link(self) -> LinkProposal | None:
        return next((link for link in self.state.links if self.selected == f"link:{link.network}"), None)

    def do_toggle(self) -> None:
        link = self._selected_link()
        if link is None:
            return
        used = [used.network for used in selected_links(self.state)]
        others = [network for network in used if network != link.network]
        networks = others if link.network in used else [*used, link.network]
        workflow, before = self.console_app.workflow, self.state.chosen_links
        if self.console_app.attempt(lambda: workflow.choose_links(networks)):
            self.console_app.push_undo("the links were chosen otherwise", lambda: workflow.choose_links(before))

    def do_prove(self) -> None:
        self.console_app.run_in_background(self.console_app.workflow.probe())

    def do_mend(self) -> None:
        finding = self.selected_finding(self.state.findings_by_step.get(Step.NETWORK, ()))
        if finding is not None:
            self.fix(finding)

    def do_look(self) -> None:
        self.console_app.discover()
