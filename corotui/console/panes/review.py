"""The Review step."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.console.key_bindings import KeyBinding
from corotui.console.panes.base import StepPane
from corotui.console.render.context import RenderContext
from corotui.console.render.layout import Row
from corotui.console.render.panes.review import render_review
from corotui.rollout.model import ABSENT, KeyAction, KeyChoice, Plan
from corotui.workflow.state import Step, WorkflowState


class ReviewPane(StepPane):
    """Shows what the rollout will do. Making the plan reads the nodes and changes nothing."""

    step = Step.REVIEW

    def activate(self) -> None:
        self.console.plan_if_needed()

    def render_rows(self, state: WorkflowState, context: RenderContext) -> Sequence[Row]:
        return render_review(state, context)

    def key_bindings(self, state: WorkflowState) -> Sequence[KeyBinding]:
        no_conf = "" if state.conf is not None else "There is no corosync.conf yet."
        reason = self.disabled_reason(state, changes=False) or no_conf
        sources = _key_sources(state.plan)
        same_key = "" if len(sources) > 1 else "The nodes do not have different keys."
        return (
            KeyBinding("r", "plan again", self._plan, reason, "compare the nodes again"),
            KeyBinding(
                "k", "another key", self._choose_next_key, reason or same_key, "where keys differ: take another node's"
            ),
        )

    def _choose_next_key(self) -> None:
        plan, workflow = self.state.plan, self.console.workflow
        if plan is None:
            return
        sources = _key_sources(plan)
        digest = plan.node(plan.key_source).key_sha256_before
        following = next(
            (index for index, name in enumerate(sources) if plan.node(name).key_sha256_before == digest), 0
        )
        choice = KeyChoice(sources[(following + 1) % len(sources)], self.state.key_choice.accepted_path)
        if self.console.attempt(lambda: workflow.choose_key(choice)):
            self._plan()

    def _plan(self) -> None:
        self.console.background.start(self.console.workflow.plan)


def _key_sources(plan: Plan | None) -> tuple[str, ...]:
    """The first node of each different key that the nodes have, where the plan needs a key."""
    holders: dict[str, str] = {}
    for node in plan.nodes if plan is not None else ():
        if node.key_action is not KeyAction.NONE and node.key_sha256_before != ABSENT:
            holders.setdefault(node.key_sha256_before, node.name)
    return tuple(holders.values())
