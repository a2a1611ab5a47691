"""The Network step."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.console.key_bindings import KeyBinding
from corotui.console.panes.base import StepPane
from corotui.console.render.context import RenderContext
from corotui.console.render.layout import Row
from corotui.console.render.panes.network import render_network
from corotui.console.render.row_ids import LinkRow
from corotui.network.model import LinkProposal
from corotui.workflow.link_selection import selected_links
from corotui.workflow.state import Step, WorkflowState


class NetworkPane(StepPane):
    """Chooses the links of the ring and tests that UDP passes on them. Enter makes the configuration from them."""

    step = Step.NETWORK

    def render_rows(self, state: WorkflowState, context: RenderContext) -> Sequence[Row]:
        return render_network(state, context)

    def key_bindings(self, state: WorkflowState) -> Sequence[KeyBinding]:
        reason = self.disabled_reason(state)
        link = self._selected_link()
        used = selected_links(state)
        label, unusable = "use link", "Move the cursor to a subnet first."
        if link is not None:
            label = "leave link out" if link in used else "add link"
            unusable = "" if link.usable else f"{link.network} cannot be a link: not every node has one address in it."
        no_links = "" if used else "There is no link to test."
        return (
            KeyBinding(
                "space", label, self._toggle_link, reason or unusable, "use the selected subnet as a link, or not"
            ),
            KeyBinding("p", "probe", self._probe, reason or no_links, "send UDP between all pairs of nodes"),
            self.fix_key(state.findings_of(Step.NETWORK), state),
            self.discover_key(state),
        )

    def _selected_link(self) -> LinkProposal | None:
        return next((link for link in self.state.links if self.selected == LinkRow(link.network)), None)

    def _toggle_link(self) -> None:
        link = self._selected_link()
        if link is None:
            return
        used = [used.network for used in selected_links(self.state)]
        others = [network for network in used if network != link.network]
        networks = others if link.network in used else [*used, link.network]
        workflow, before = self.console.workflow, self.state.chosen_links
        if self.console.attempt(lambda: workflow.choose_links(networks)):
            self.console.push_undo("the links were chosen differently", lambda: workflow.choose_links(before))

    def _probe(self) -> None:
        self.console.background.start(self.console.workflow.probe)
